namespace HybridSession.Simulation.World;

/// <summary>A call to the store that stops twice: before it takes effect, and before its answer is delivered.</summary>
internal abstract class StoreCall(Node node, string name, SessionKey[] keys, bool isWrite)
{
    public Node Node { get; } = node;

    public string Name { get; } = name;

    public SessionKey[] Keys { get; } = keys;

    public bool IsWrite { get; } = isWrite;

    public bool HasHappened { get; private set; }

    /// <summary>Nobody waits for the answer any more; a statement may still run on.</summary>
    public bool IsAnswered { get; private set; }

    public override string ToString() => $"{Node} {Name}";

    /// <summary>The statement takes effect.</summary>
    public void Happen()
    {
        HasHappened = true;
        Run();
    }

    /// <summary>The caller gets the answer.</summary>
    public void Answer()
    {
        IsAnswered = true;
        Deliver();
    }

    /// <summary>The caller gets a failure.</summary>
    public void Fail(bool outcomeUnknown)
    {
        IsAnswered = true;
        Refuse(new BackingStoreException("The simulated connection broke.", BackingStoreFailure.Transient, outcomeUnknown, null));
    }

    /// <summary>The caller has died.</summary>
    public void Forget() => IsAnswered = true;

    protected abstract void Run();

    protected abstract void Deliver();

    protected abstract void Refuse(BackingStoreException failure);
}

/// <inheritdoc/>
internal sealed class StoreCall<T>(Node node, string name, SessionKey[] keys, bool isWrite, Func<T> effect) : StoreCall(node, name, keys, isWrite)
{
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _result;

    public Task<T> Task => _answer.Task;

    protected override void Run() => _result = effect();

    protected override void Deliver() => _answer.TrySetResult(_result!);

    protected override void Refuse(BackingStoreException failure)
    {
        _answer.TrySetException(failure);
        // Observed here, for the case that the caller's limit has passed.
        _ = _answer.Task.Exception;
    }
}
