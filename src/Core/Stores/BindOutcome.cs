namespace HybridSession;

/// <summary>What became of a bind.</summary>
public enum BindOutcomeKind
{
    /// <summary>The row holds exactly the written bytes and the user.</summary>
    Bound,

    /// <summary>The user has as many other sessions as allowed. Nothing was changed.</summary>
    LimitReached,

    /// <summary>The row is at another version than the write started from. Nothing was changed.</summary>
    Conflict,

    /// <summary>The row does not exist. Nothing was changed.</summary>
    Gone,
}

/// <summary>The outcome of a bind.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Current">The row as stored; not null exactly for <see cref="BindOutcomeKind.Conflict"/>.</param>
/// <param name="Dropped">The sessions that were removed to make room.</param>
public sealed record BindOutcome(BindOutcomeKind Kind, StoredSession? Current, IReadOnlyList<SessionKey> Dropped)
{
    /// <summary>Bound.</summary>
    /// <param name="dropped">The sessions that were removed to make room.</param>
    public static BindOutcome Bound(IReadOnlyList<SessionKey> dropped) => new(BindOutcomeKind.Bound, null, dropped);

    /// <summary>Refused for the limit.</summary>
    public static BindOutcome LimitReached { get; } = new(BindOutcomeKind.LimitReached, null, []);

    /// <summary>No row.</summary>
    public static BindOutcome Gone { get; } = new(BindOutcomeKind.Gone, null, []);

    /// <summary>The row is <paramref name="current"/>.</summary>
    public static BindOutcome Conflict(StoredSession current)
    {
        ArgumentNullException.ThrowIfNull(current);
        return new BindOutcome(BindOutcomeKind.Conflict, current, []);
    }
}
