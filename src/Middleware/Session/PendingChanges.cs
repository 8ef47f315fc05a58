namespace HybridSession.Middleware;

/// <summary>
/// What the changes of a request that are not settled yet ask for: the strictest level wins. A change made where no endpoint was chosen yet, or none any more,
/// leaves it to the endpoint at the time of settling. A byte, so that the object of a request does not grow by it.
/// </summary>
[Flags]
internal enum PendingChanges : byte
{
    None = 0,

    /// <summary>The endpoint at the time of settling decides.</summary>
    Undecided = 1,

    WriteBehind = 2,

    Durable = 4,
}

/// <summary>The rules of <see cref="PendingChanges"/>. Pure.</summary>
internal static class PendingChangesRules
{
    /// <summary>What a change at <paramref name="level"/> asks for; null to decide when it is settled.</summary>
    public static PendingChanges ToPending(this Durability? level) => level switch
    {
        null => PendingChanges.Undecided,
        Durability.WriteBehind => PendingChanges.WriteBehind,
        _ => PendingChanges.Durable,
    };

    /// <summary>The level for all of them.</summary>
    /// <param name="pending">What was asked for.</param>
    /// <param name="undecided">What the undecided ones get.</param>
    public static Durability Resolve(this PendingChanges pending, Durability undecided)
    {
        if (pending.HasFlag(PendingChanges.Durable)) return Durability.Durable;
        return pending is PendingChanges.None || pending.HasFlag(PendingChanges.Undecided) ? undecided : Durability.WriteBehind;
    }
}
