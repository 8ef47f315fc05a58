using HybridSession.Hot;

namespace HybridSession.WriteBehind;

/// <summary>
/// Sessions whose row somebody else holds. They wait here for a moment, outside the queue, so that they hold up nobody. Not thread-safe: every member needs the shard lock.
/// </summary>
internal sealed class ParkingLot
{
    private const long PauseMs = 500;

    // The pause is the same for all: the first is due first.
    private readonly Queue<(LiveSession Session, long DueMs)> _parked = new();

    /// <summary>When the next one is to be tried again; null when nothing is parked.</summary>
    public long? NextDueMs => _parked.TryPeek(out var next) ? next.DueMs : null;

    public void Add(LiveSession session, long nowMs)
    {
        if (session.IsParked) return;
        session.IsParked = true;
        _parked.Enqueue((session, nowMs + PauseMs));
    }

    /// <summary>Takes one that is due.</summary>
    public bool TryTakeDue(long nowMs, out LiveSession session)
    {
        session = null!;
        if (!_parked.TryPeek(out var next) || next.DueMs > nowMs) return false;
        session = _parked.Dequeue().Session;
        session.IsParked = false;
        return true;
    }
}
