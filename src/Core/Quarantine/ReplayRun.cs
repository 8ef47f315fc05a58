namespace HybridSession.Quarantine;

/// <summary>How far one replay has come. Not thread-safe.</summary>
internal sealed class ReplayRun
{
    // A letter that is replaced while it is replayed is taken up again, but not for ever.
    private const int MaxTurns = 3;

    private readonly Dictionary<SessionKey, Turn> _turns = [];

    /// <summary>How many of the oldest letters are done with and stay in the store.</summary>
    public int Stay { get; private set; }

    /// <summary>Sessions whose row was written, or may have been.</summary>
    public HashSet<SessionKey> Rewritten { get; } = [];

    /// <summary>False when the session is done with; then its letter stays.</summary>
    /// <param name="key">Whose letter was read.</param>
    /// <param name="containedVersion">When an earlier letter was replayed in this run: the version from which the row contains it.</param>
    public bool TryBegin(SessionKey key, out long containedVersion)
    {
        var isKnown = _turns.TryGetValue(key, out var turn);
        containedVersion = turn.RowVersion;
        // Replayed, and there is a letter again: a newer one came while that was under way, or this one was not released.
        if (!isKnown || (turn.Outcome == ReplayOutcome.Replayed && turn.Count < MaxTurns)) return true;
        Stay++;
        return false;
    }

    public void End(SessionKey key, ReplayStep step)
    {
        _turns[key] = new Turn(step.Outcome, step.RowVersion, _turns.GetValueOrDefault(key).Count + 1);
        if (step.Outcome is not (ReplayOutcome.Replayed or ReplayOutcome.Gone)) Stay++;
    }

    /// <summary>Sessions by what became of them in the end.</summary>
    public int Count(ReplayOutcome outcome) => _turns.Values.Count(turn => turn.Outcome == outcome);

    private readonly record struct Turn(ReplayOutcome Outcome, long RowVersion, int Count);
}
