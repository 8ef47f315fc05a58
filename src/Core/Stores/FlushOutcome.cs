namespace HybridSession;

/// <summary>What became of one write of a flush.</summary>
public enum FlushOutcomeKind
{
    /// <summary>The row now holds exactly the written bytes.</summary>
    Written,

    /// <summary>The row is at another version than the write started from; it was not changed.</summary>
    Conflict,

    /// <summary>The row does not exist: the session was removed or pruned. Nothing was written.</summary>
    Gone,

    /// <summary>Somebody else holds the row, and waiting for it would have held up the rest of the batch. Nothing was written; the same write may be tried again later.</summary>
    Blocked,
}

/// <summary>The outcome of one write.</summary>
public readonly record struct FlushOutcome
{
    private FlushOutcome(FlushOutcomeKind kind, StoredSession? current) => (Kind, Current) = (kind, current);

    /// <summary>What happened.</summary>
    public FlushOutcomeKind Kind { get; }

    /// <summary>The row as stored; not null exactly for <see cref="FlushOutcomeKind.Conflict"/>.</summary>
    public StoredSession? Current { get; }

    /// <summary>The write took effect.</summary>
    public static FlushOutcome Written => new(FlushOutcomeKind.Written, null);

    /// <summary>No row.</summary>
    public static FlushOutcome Gone => new(FlushOutcomeKind.Gone, null);

    /// <summary>Held by somebody else.</summary>
    public static FlushOutcome Blocked => new(FlushOutcomeKind.Blocked, null);

    /// <summary>The row is <paramref name="current"/>.</summary>
    public static FlushOutcome Conflict(StoredSession current)
    {
        ArgumentNullException.ThrowIfNull(current);
        return new FlushOutcome(FlushOutcomeKind.Conflict, current);
    }
}
