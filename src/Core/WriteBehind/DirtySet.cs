using HybridSession.Hot;

namespace HybridSession.WriteBehind;

/// <summary>
/// The sessions of one shard that the store has not confirmed yet, oldest change first, each at most once. They are pinned here: whatever leaves the
/// hot set, a changed session is found. Not thread-safe: every member needs the shard lock.
/// </summary>
internal sealed class DirtySet(Backlog backlog)
{
    private readonly Dictionary<SessionKey, LiveSession> _pinned = [];
    private Queue<LiveSession> _queue = new();

    /// <summary>Sessions that wait for a flush.</summary>
    public int QueuedCount { get; private set; }

    /// <summary>Sessions that wait or are in flight.</summary>
    public int PinnedCount => _pinned.Count;

    public bool TryGet(SessionKey key, out LiveSession? session) => _pinned.TryGetValue(key, out session);

    public IEnumerable<LiveSession> Pinned => _pinned.Values;

    /// <summary>Those that wait, oldest first, and ended ones among them that were not passed over yet.</summary>
    public IEnumerable<LiveSession> Queued => _queue;

    /// <summary>Puts the session at the end, unless it waits already.</summary>
    public void Enqueue(LiveSession session, long dirtySinceMs)
    {
        // Also one that waits already: a birth that was given up is unpinned, and may be tried again before its old place was reached.
        Pin(session);
        if (session.IsQueued) return;
        session.DirtySinceMs = dirtySinceMs;
        session.IsQueued = true;
        _queue.Enqueue(session);
        QueuedCount++;
    }

    /// <summary>Counts a changed size of a pinned session.</summary>
    public void Resize(LiveSession session) => backlog.Add(session.PinBytes(session.SizeBytes));

    /// <summary>When the oldest waiting change was made; null when none waits.</summary>
    public long? OldestQueuedMs
    {
        get
        {
            DropEnded();
            return _queue.TryPeek(out var first) ? first.DirtySinceMs : null;
        }
    }

    /// <summary>Takes the session that has waited longest; it stays pinned, in flight.</summary>
    public bool TryDequeue(out LiveSession session)
    {
        DropEnded();
        if (!_queue.TryDequeue(out session!)) return false;
        session.IsQueued = false;
        session.IsInFlight = true;
        QueuedCount--;
        return true;
    }

    /// <summary>Puts sessions whose flush failed back to the front, in their order, with the age that their changes had.</summary>
    public void Requeue(IReadOnlyList<(LiveSession Session, long DirtySinceMs)> failed)
    {
        var front = new Queue<LiveSession>(failed.Count + _queue.Count);
        var moved = new HashSet<LiveSession>(failed.Count);
        foreach (var (session, dirtySinceMs) in failed)
        {
            if (!session.IsQueued) QueuedCount++;
            session.IsQueued = true;
            session.DirtySinceMs = dirtySinceMs;
            Pin(session);
            moved.Add(session);
            front.Enqueue(session);
        }

        // A session that changed again during the failed flush waits further back as well; its place is now at the front.
        foreach (var session in _queue)
            if (!moved.Contains(session)) front.Enqueue(session);
        _queue = front;
    }

    /// <summary>Lets go of a session that is stored, or over. One that waits or is in flight again stays.</summary>
    public void Unpin(LiveSession session)
    {
        if ((session.IsQueued || session.IsInFlight) && !session.IsEnded && !session.IsAbandoned) return;
        Release(session);
    }

    /// <summary>Lets go of a session in any case: it is about to get another key.</summary>
    public void Release(LiveSession session)
    {
        if (_pinned.TryGetValue(session.Key, out var present) && ReferenceEquals(present, session)) _pinned.Remove(session.Key);
        backlog.Add(session.PinBytes(0));
    }

    /// <summary>Throws when a session waits twice, or waits or flies without being pinned.</summary>
    public void CheckInvariants()
    {
        var waiting = _queue.Where(session => !session.IsEnded && !session.IsAbandoned).ToList();
        Invariant.Require(waiting.Distinct().Count() == waiting.Count, "A session is in the dirty set at most once.");
        Invariant.Require(waiting.All(session => session.IsQueued), "A session in the queue knows that it waits.");
        Invariant.Require(waiting.All(session => _pinned.TryGetValue(session.Key, out var pinned) && ReferenceEquals(pinned, session)), "A session that waits is pinned.");
        Invariant.Require(_pinned.Values.All(session => session.IsQueued || session.IsInFlight), "What is pinned waits or is in flight.");
        Invariant.Require(_queue.Count == QueuedCount, "The count of waiting sessions is the queue's.");
    }

    private void Pin(LiveSession session)
    {
        _pinned[session.Key] = session;
        Resize(session);
    }

    // Sessions that ended while they waited: they were unpinned then, and are passed over here.
    private void DropEnded()
    {
        while (_queue.TryPeek(out var first) && (first.IsEnded || first.IsAbandoned))
        {
            _queue.Dequeue();
            first.IsQueued = false;
            QueuedCount--;
        }
    }
}
