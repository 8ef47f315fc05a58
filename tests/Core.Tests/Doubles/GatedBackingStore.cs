namespace HybridSession.Core.Tests.Doubles;

/// <summary>Holds calls back until told, and counts them. Each gate is open until it is closed.</summary>
internal sealed class GatedBackingStore(ISessionBackingStore inner) : DelegatingBackingStore(inner)
{
    private readonly Lock _lock = new();

    public Gate Loads { get; } = new();

    /// <summary>In front of a flush.</summary>
    public Gate Flushes { get; } = new();

    /// <summary>Behind a flush: it has taken effect, and its answer is on the way.</summary>
    public Gate FlushAnswers { get; } = new();

    /// <summary>Behind the change of a token, in the same sense.</summary>
    public Gate RekeyAnswers { get; } = new();

    public List<SessionWrite[]> FlushedBatches { get; } = [];

    public List<SessionKey[]> LoadedBatches { get; } = [];

    public List<SessionTouch[]> TouchedBatches { get; } = [];

    public List<SessionKey> Removals { get; } = [];

    public List<DeadLetterWrite[]> PutLetters { get; } = [];

    public List<DeadLetterVersion[]> ReleasedLetters { get; } = [];

    /// <summary>Behind a put of dead letters, in the same sense.</summary>
    public Gate LetterAnswers { get; } = new();

    public List<TimeSpan> PruneGraces { get; } = [];

    public int Calls { get; private set; }

    /// <summary>What the next flushes throw, before or after they take effect.</summary>
    public Queue<(Exception Failure, bool AfterEffect)> FlushFailures { get; } = new();

    /// <summary>The same for changes of a token.</summary>
    public Queue<(Exception Failure, bool AfterEffect)> RekeyFailures { get; } = new();

    /// <summary>The same for binds.</summary>
    public Queue<(Exception Failure, bool AfterEffect)> BindFailures { get; } = new();

    /// <summary>What the next removals of a user's sessions throw after they have taken effect.</summary>
    public Queue<Exception> RevokeFailures { get; } = new();

    /// <summary>In front of a bind.</summary>
    public Gate Binds { get; } = new();

    /// <summary>Behind a bind.</summary>
    public Gate BindAnswers { get; } = new();

    public Func<Exception?>? Outage { get; set; }

    /// <summary>The data that the store does not take, of writes that find their row.</summary>
    public Func<SessionWrite, bool>? Refuses { get; set; }

    /// <summary>What calls on dead letters throw.</summary>
    public Func<Exception?>? LetterOutage { get; set; }

    /// <summary>Opens every gate, and fails no more.</summary>
    public void Heal()
    {
        (Outage, Refuses, LetterOutage) = (null, null, null);
        FlushFailures.Clear();
        RekeyFailures.Clear();
        BindFailures.Clear();
        RevokeFailures.Clear();
        foreach (var gate in (Gate[])[Loads, Flushes, FlushAnswers, RekeyAnswers, LetterAnswers, Binds, BindAnswers]) gate.Open();
    }

    public override ValueTask PingAsync(CancellationToken cancellationToken)
    {
        ThrowIfOut();
        return base.PingAsync(cancellationToken);
    }

    public override async ValueTask<StoredSession?[]> LoadAsync(IReadOnlyList<SessionRead> reads, CancellationToken cancellationToken)
    {
        Note(() => LoadedBatches.Add([.. reads.Select(read => read.Key)]));
        ThrowIfOut();
        var rows = await base.LoadAsync(reads, cancellationToken);
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
        await ThrowIfRefusedAsync(batch);
        var outcomes = await base.FlushAsync(batch, cancellationToken);
        await FlushAnswers.PassAsync();
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
        Note(() => Removals.Add(key));
        ThrowIfOut();
        return base.RemoveAsync(key, cancellationToken);
    }

    public override async ValueTask<FlushOutcome> RekeyAsync(SessionKey oldKey, long baseVersion, SessionWrite replacement, CancellationToken cancellationToken)
    {
        (Exception Failure, bool AfterEffect)? failure = null;
        Note(() =>
        {
            if (RekeyFailures.TryDequeue(out var next)) failure = next;
        });
        ThrowIfOut();
        if (failure is { AfterEffect: false } before) throw before.Failure;
        await ThrowIfRefusedAsync([replacement]);
        var outcome = await base.RekeyAsync(oldKey, baseVersion, replacement, cancellationToken);
        await RekeyAnswers.PassAsync();
        return failure is { } after ? throw after.Failure : outcome;
    }

    public override async ValueTask<BindOutcome> BindAsync(SessionBinding binding, CancellationToken cancellationToken)
    {
        (Exception Failure, bool AfterEffect)? failure = null;
        Note(() =>
        {
            if (BindFailures.TryDequeue(out var next)) failure = next;
        });
        await Binds.PassAsync();
        ThrowIfOut();
        if (failure is { AfterEffect: false } before) throw before.Failure;
        var outcome = await base.BindAsync(binding, cancellationToken);
        await BindAnswers.PassAsync();
        return failure is { } after ? throw after.Failure : outcome;
    }

    public override async ValueTask<IReadOnlyList<SessionKey>> RemoveByUserAsync(string userId, string? except, CancellationToken cancellationToken)
    {
        ThrowIfOut();
        var removed = await base.RemoveByUserAsync(userId, except, cancellationToken);
        return RevokeFailures.TryDequeue(out var failure) ? throw failure : removed;
    }

    public override ValueTask<long> PruneAsync(TimeSpan grace, CancellationToken cancellationToken)
    {
        Note(() => PruneGraces.Add(grace));
        ThrowIfOut();
        return base.PruneAsync(grace, cancellationToken);
    }

    public override async ValueTask<IReadOnlyList<DeadLetterConflict>> PutDeadLettersAsync(IReadOnlyList<DeadLetterWrite> letters, CancellationToken cancellationToken)
    {
        Note(() => PutLetters.Add([.. letters]));
        ThrowIfOut();
        if (LetterOutage?.Invoke() is { } failure) throw failure;
        var met = await base.PutDeadLettersAsync(letters, cancellationToken);
        await LetterAnswers.PassAsync();
        return met;
    }

    public override ValueTask<IReadOnlyList<DeadLetter>> ReadDeadLettersAsync(int max, int skip, string? publicId, CancellationToken cancellationToken)
    {
        ThrowIfOut();
        return base.ReadDeadLettersAsync(max, skip, publicId, cancellationToken);
    }

    public override ValueTask<int> ReleaseDeadLettersAsync(IReadOnlyList<DeadLetterVersion> letters, CancellationToken cancellationToken)
    {
        Note(() => ReleasedLetters.Add([.. letters]));
        ThrowIfOut();
        if (LetterOutage?.Invoke() is { } failure) throw failure;
        return base.ReleaseDeadLettersAsync(letters, cancellationToken);
    }

    // As a constraint does: only what would be written is looked at.
    private async Task ThrowIfRefusedAsync(IReadOnlyList<SessionWrite> batch)
    {
        if (Refuses is not { } refuses) return;
        var rows = await Inner.LoadAsync([.. batch.Select(write => write.Key)], default);
        if (batch.Where((write, i) => write.BaseVersion == (rows[i]?.Version ?? 0)).Any(refuses))
            throw new BackingStoreException("The data is refused.", BackingStoreFailure.Data, outcomeUnknown: false, new InvalidDataException("Failing row contains (row-content)."));
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

    public Task Reached => _reached.Task.Soon();

    public void Close()
    {
        // Those who wait at it go on waiting.
        if (_closed is not null) return;
        _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public void Open()
    {
        var closed = _closed;
        _closed = null;
        closed?.TrySetResult();
    }

    /// <summary>Opens the gate for whoever comes from now on. What it returns lets those pass who stand at it.</summary>
    public Action Detach()
    {
        var closed = _closed;
        _closed = null;
        return () => closed?.TrySetResult();
    }

    public Task PassAsync()
    {
        var closed = _closed;
        if (closed is null) return Task.CompletedTask;
        _reached.TrySetResult();
        return closed.Task;
    }
}
