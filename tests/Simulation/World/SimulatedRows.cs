using HybridSession.Payload;

namespace HybridSession.Simulation.World;

/// <summary>What the store may do wrong on purpose, to see that somebody notices.</summary>
[Flags]
internal enum StoreDefects
{
    None = 0,

    /// <summary>A flush writes over whatever is there.</summary>
    IgnoresBaseVersion = 1,

    /// <summary>A row that is at the version of the write counts as written.</summary>
    TakesSameVersionForWritten = 2,

    /// <summary>An update of an absent row inserts it.</summary>
    InsertsOnUpdate = 4,

    /// <summary>A token is replaced whatever the version of the row, also of a row that is gone.</summary>
    RekeysUnguarded = 8,

    /// <summary>A lost answer is reported as nothing done.</summary>
    DeniesUnknownOutcomes = 16,
}

/// <summary>The rows that all nodes share, and the checks on each of them at the moment it is written.</summary>
internal sealed class SimulatedRows(TimeProvider time, StoreDefects defects)
{
    private readonly Dictionary<SessionKey, Dictionary<long, byte[]>> _contents = [];
    private readonly HashSet<SessionKey> _removed = [];
    private readonly HashSet<SessionKey> _left = [];
    private readonly HashSet<SessionKey> _known = [];

    public InMemoryBackingStore Inner { get; } = new(time);

    /// <summary>The token of this row is known to a client.</summary>
    public void TokenLeft(SessionKey key)
    {
        if (Read(key) is null && !_removed.Contains(key)) throw new ViolationException(Sentence.TokenAfterCommit, "a client has a token without a row");
        _left.Add(key);
    }

    public StoredSession? Read(SessionKey key) => Done(Inner.LoadAsync([key], default))[0];

    public StoredSession?[] Load(IReadOnlyList<SessionRead> reads) => Done(Inner.LoadAsync(reads, default));

    public IReadOnlyList<SessionKey> Touch(IReadOnlyList<SessionTouch> batch) => Done(Inner.TouchAsync(batch, default));

    public FlushOutcome[] Flush(IReadOnlyList<SessionWrite> batch)
    {
        var outcomes = new FlushOutcome[batch.Count];
        for (var i = 0; i < outcomes.Length; i++) outcomes[i] = Write(batch[i]);
        return outcomes;
    }

    public bool Remove(SessionKey key)
    {
        _removed.Add(key);
        return Done(Inner.RemoveAsync(key, default));
    }

    public FlushOutcome Rekey(SessionKey oldKey, long baseVersion, SessionWrite replacement)
    {
        var row = Read(oldKey);
        if (defects.HasFlag(StoreDefects.RekeysUnguarded))
        {
            if (row is null) return Write(replacement);
            baseVersion = row.Version;
        }

        var outcome = Done(Inner.RekeyAsync(oldKey, baseVersion, replacement, default));
        if (outcome.Kind != FlushOutcomeKind.Written) return outcome;
        _removed.Add(oldKey);
        NoteContent(replacement);
        return outcome;
    }

    /// <summary>The rows as they are now, for a fail-over to a server that lags.</summary>
    public Dictionary<SessionKey, StoredSession> Snapshot() =>
        _known.Select(key => (key, row: Read(key))).Where(pair => pair.row is not null).ToDictionary(pair => pair.key, pair => pair.row!);

    /// <summary>The rows are as they were.</summary>
    public void Restore(Dictionary<SessionKey, StoredSession> snapshot)
    {
        foreach (var key in _known) Done(Inner.RemoveAsync(key, default));
        foreach (var (key, row) in snapshot) Done(Inner.FlushAsync([new SessionWrite(key, row.Payload, row.Version, 0, row.ExpiresIn)], default));
        _contents.Clear();
        foreach (var (key, row) in snapshot) _contents[key] = new() { [row.Version] = row.Payload };
    }

    private FlushOutcome Write(SessionWrite write)
    {
        var row = Read(write.Key);
        if (row is null && !write.IsBirth && defects.HasFlag(StoreDefects.InsertsOnUpdate)) write = write with { BaseVersion = 0 };
        if (row is not null && !write.IsBirth && defects.HasFlag(StoreDefects.IgnoresBaseVersion)) write = write with { BaseVersion = row.Version };
        if (row is not null && row.Version == write.Version && defects.HasFlag(StoreDefects.TakesSameVersionForWritten)) return FlushOutcome.Written;

        var outcome = Done(Inner.FlushAsync([write], default))[0];
        if (outcome.Kind != FlushOutcomeKind.Written) return outcome;
        if (_removed.Contains(write.Key) && _left.Contains(write.Key)) throw new ViolationException(Sentence.NeverBack, "a row was written under the key of a removed session");
        if (row is not null && write.Version < row.Version) throw new ViolationException(Sentence.StoredVersions, $"version {write.Version} was written over {row.Version}");
        NoteContent(write);
        return outcome;
    }

    private void NoteContent(SessionWrite write)
    {
        _known.Add(write.Key);
        if (!_contents.TryGetValue(write.Key, out var contents)) _contents[write.Key] = contents = [];
        if (!contents.TryAdd(write.Version, write.Payload) && !contents[write.Version].AsSpan().SequenceEqual(write.Payload))
            throw new ViolationException(Sentence.StoredVersions, $"version {write.Version} names two contents");
        if (!PackedSession.TryRead(write.Payload, out var content, out var problem) || content.Version != write.Version)
            throw new ViolationException(Sentence.StoredVersions, $"a payload does not name its version: {problem}");
    }

    // The reference store answers at once.
    private static T Done<T>(ValueTask<T> call) => call.IsCompleted ? call.Result : throw new InvalidOperationException("The reference store did not answer at once.");
}
