namespace HybridSession.Core.Tests.Doubles;

/// <summary>Holds calls back until told, and counts them. Each gate is open until it is closed.</summary>
internal sealed class GatedBackingStore(ISessionBackingStore inner) : DelegatingBackingStore(inner)
{
    private readonly Lock _lock = new();

    public Gate Loads { get; } = new();

    public Gate Flushes { get; } = new();

    public List<SessionWrite[]> FlushedBatches { get; } = [];

    public List<SessionKey[]> LoadedBatches { get; } = [];

    public List<SessionTouch[]> TouchedBatches { get; } = [];

    public int Calls { get; private set; }

    /// <summary>What the next flushes throw, before or after they take effect.</summary>
    public Queue<(Exception Failure, bool AfterEffect)> FlushFailures { get; } = new();

    public Func<Exception?>? Outage { get; set; }

    public override async ValueTask<StoredSession?[]> LoadAsync(IReadOnlyList<SessionKey> keys, CancellationToken cancellationToken)
    {
        Note(() => LoadedBatches.Add([.. keys]));
        ThrowIfOut();
        var rows = await base.LoadAsync(keys, cancellationToken);
        await Loads.PassAsync();
        return rows;
    }

    public override async ValueTask<FlushOutcome[]> FlushAsync(IReadOnlyList<SessionWrite> batch, CancellationToken cancellationToken)
    {
        (Exception Failure, bool AfterEffect)? failure = null;
        Note(() =>
        {
            FlushedBatches.Add([.. batch]);
            if (FlushFailures.TryDequeue(out var next)) failure = next;
        });
        await Flushes.PassAsync();
        ThrowIfOut();
        if (failure is { AfterEffect: false } before) throw before.Failure;
        var outcomes = await base.FlushAsync(batch, cancellationToken);
        return failure is { } after ? throw after.Failure : outcomes;
    }

    public override ValueTask<IReadOnlyList<SessionKey>> TouchAsync(IReadOnlyList<SessionTouch> batch, CancellationToken cancellationToken)
    {
        Note(() => TouchedBatches.Add([.. batch]));
        ThrowIfOut();
        return base.TouchAsync(batch, cancellationToken);
    }

    public override ValueTask<bool> RemoveAsync(SessionKey key, CancellationToken cancellationToken)
    {
        Note(() => { });
        ThrowIfOut();
        return base.RemoveAsync(key, cancellationToken);
    }

    public override ValueTask<FlushOutcome> RekeyAsync(SessionKey oldKey, long baseVersion, SessionWrite replacement, CancellationToken cancellationToken)
    {
        Note(() => { });
        ThrowIfOut();
        return base.RekeyAsync(oldKey, baseVersion, replacement, cancellationToken);
    }

    private void Note(Action action)
    {
        lock (_lock)
        {
            Calls++;
            action();
        }
    }

    private void ThrowIfOut()
    {
        if (Outage?.Invoke() is { } failure) throw failure;
    }
}

/// <summary>A gate that a test closes and opens; it tells when somebody waits at it.</summary>
internal sealed class Gate
{
    private TaskCompletionSource? _closed;
    private TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Reached => _reached.Task;

    public void Close()
    {
        _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public void Open()
    {
        var closed = _closed;
        _closed = null;
        closed?.TrySetResult();
    }

    public Task PassAsync()
    {
        var closed = _closed;
        if (closed is null) return Task.CompletedTask;
        _reached.TrySetResult();
        return closed.Task;
    }
}
