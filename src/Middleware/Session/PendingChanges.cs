namespace HybridSession.Middleware;

/// <summary>
/// What the changes of a request that are not settled yet ask for: the strictest level wins. A change made where no endpoint was chosen yet, or none any more,
/// leaves it to the endpoint at the time of settling. Pure.
/// </summary>
internal struct PendingChanges
{
    private bool _hasUndecided;
    private byte _strictest; // 0 for none, otherwise the level plus one

    /// <summary>There is something to settle.</summary>
    public readonly bool Any => _hasUndecided || _strictest > 0;

    /// <summary>Notes a change.</summary>
    /// <param name="level">What it asks for; null to decide when it is settled.</param>
    public void Add(Durability? level)
    {
        if (level is { } known) _strictest = Math.Max(_strictest, (byte)(known + 1));
        else _hasUndecided = true;
    }

    /// <summary>Notes what others asked for, too.</summary>
    public void Add(PendingChanges others)
    {
        _hasUndecided |= others._hasUndecided;
        _strictest = Math.Max(_strictest, others._strictest);
    }

    /// <summary>The level for all of them.</summary>
    /// <param name="undecided">What the undecided ones get.</param>
    public readonly Durability Resolve(Durability undecided)
    {
        if (_strictest == 0) return undecided;
        var known = (Durability)(_strictest - 1);
        return _hasUndecided && undecided > known ? undecided : known;
    }
}
