using HybridSession.Hot;

namespace HybridSession.WriteBehind;

/// <summary>
/// The sessions of one shard that the store has not confirmed yet, each at most once: those that somebody waits for, and the others, both oldest change first.
/// They are pinned here: whatever leaves the hot set, a changed session is found. Not thread-safe: every member needs the shard lock.
/// </summary>
internal sealed class DirtySet(Backlog backlog)
{
    private readonly Dictionary<SessionKey, LiveSession> _pinned = new(SessionKeyComparer.Instance);
    private readonly DirtyQueue _awaited = new();
    private readonly DirtyQueue _others = new();
    private readonly ParkingLot _parked = new();

    /// <summary>Sessions that wait for a flush.</summary>
    public int QueuedCount => _awaited.Count + _others.Count;

    /// <summary>Those among them that somebody waits for.</summary>
    public int AwaitedCount => _awaited.Count;

    /// <summary>Sessions that wait or are in flight.</summary>
    public int PinnedCount => _pinned.Count;

    public IEnumerable<LiveSession> Pinned => _pinned.Values;

    /// <summary>Those that wait for a flush with somebody waiting for them, in a copy.</summary>
    public List<LiveSession> Awaited => [.. _awaited.All()];

    /// <summary>When the oldest waiting change was made; null when none waits.</summary>
    public long? OldestQueuedMs => (Peek(_awaited), Peek(_others)) switch
    {
        (null, null) => null,
        ({ } one, null) => one.DirtySinceMs,
        (null, { } other) => other.DirtySinceMs,
        ({ } one, { } other) => Math.Min(one.DirtySinceMs, other.DirtySinceMs),
    };

    public bool TryGet(SessionKey key, out LiveSession? session) => _pinned.TryGetValue(key, out session);

    public LiveSession? Find(UInt128 publicId) => _pinned.Count > 0 && _pinned.GetAlternateLookup<UInt128>().TryGetValue(publicId, out var session) ? session : null;

    /// <summary>Puts the session at the end, unless it waits already.</summary>
    public void Enqueue(LiveSession session, long dirtySinceMs)
    {
        // Also one that waits already: a birth that was given up is unpinned, and may be tried again before its old place was reached.
        Pin(session);
        if (session.IsQueued) return;
        session.DirtySinceMs = dirtySinceMs;
        (session.Waiter is null ? _others : _awaited).AddLast(session);
    }

    /// <summary>Somebody waits for the session from now on, or nobody does any more: it changes the queue.</summary>
    public void Reorder(LiveSession session)
    {
        var belongs = session.Waiter is null ? _others : _awaited;
        if (session.Queue is not { } present || ReferenceEquals(present, belongs)) return;
        present.Remove(session);
        // Whoever waits joins those who wait; a change that nobody waits for any more is older than most.
        if (ReferenceEquals(belongs, _awaited)) belongs.AddLast(session);
        else belongs.AddFirst(session);
    }

    /// <summary>Counts a changed size of a pinned session.</summary>
    public void Resize(LiveSession session) => backlog.Add(session.PinBytes(session.SizeBytes));

    /// <summary>Takes the session that has waited longest, of those somebody waits for or of the others; it stays pinned, in flight.</summary>
    public bool TryDequeue(bool awaited, out LiveSession session)
    {
        var queue = awaited ? _awaited : _others;
        session = Peek(queue)!;
        if (session is null) return false;
        queue.Remove(session);
        session.IsInFlight = true;
        session.InFlightSinceMs = session.DirtySinceMs;
        return true;
    }

    /// <summary>Puts sessions whose flush failed back to the front, in their order, with the age that their changes had.</summary>
    public void Requeue(IReadOnlyList<(LiveSession Session, long DirtySinceMs)> failed)
    {
        for (var i = failed.Count - 1; i >= 0; i--)
        {
            var (session, dirtySinceMs) = failed[i];
            // A session that changed again during the failed flush waits further back as well; its place is now at the front.
            session.Queue?.Remove(session);
            session.DirtySinceMs = dirtySinceMs;
            Pin(session);
            (session.Waiter is null ? _others : _awaited).AddFirst(session);
        }
    }

    /// <summary>When the next parked session is to be tried again; null when none is parked.</summary>
    public long? NextUnparkMs => _parked.NextDueMs;

    /// <summary>Keeps a session whose row somebody else holds out of the next flushes. It stays pinned.</summary>
    public void Park(LiveSession session, long dirtySinceMs, long nowMs)
    {
        if (!session.IsQueued) session.DirtySinceMs = dirtySinceMs;
        Pin(session);
        _parked.Add(session, nowMs);
    }

    /// <summary>Puts parked sessions whose pause is over back into the queue.</summary>
    public void Unpark(long nowMs)
    {
        while (_parked.TryTakeDue(nowMs, out var session))
        {
            // It may have ended, or been stored by a flush that somebody asked for meanwhile.
            if (session.IsEnded || session.IsAbandoned) continue;
            if (!session.IsQueued && _pinned.TryGetValue(session.Key, out var pinned) && ReferenceEquals(pinned, session)) (session.Waiter is null ? _others : _awaited).AddFirst(session);
        }
    }

    /// <summary>Lets go of a session that is stored, or over. One that waits or is in flight again stays.</summary>
    public void Unpin(LiveSession session)
    {
        if ((session.IsQueued || session.IsInFlight || session.IsParked) && !session.IsEnded && !session.IsAbandoned) return;
        Release(session);
    }

    /// <summary>Lets go of a session in any case: it is over, or about to get another key.</summary>
    public void Release(LiveSession session)
    {
        session.Queue?.Remove(session);
        if (_pinned.TryGetValue(session.Key, out var present) && ReferenceEquals(present, session)) _pinned.Remove(session.Key);
        backlog.Add(session.PinBytes(0));
    }

    /// <summary>Throws when a session waits or flies without being pinned, or waits in the wrong queue.</summary>
    public void CheckInvariants()
    {
        var waiting = _awaited.All().Concat(_others.All()).ToList();
        Invariant.Require(waiting.Count == QueuedCount && waiting.Distinct().Count() == waiting.Count, "A session is in the dirty set at most once.");
        Invariant.Require(waiting.All(session => _pinned.TryGetValue(session.Key, out var pinned) && ReferenceEquals(pinned, session)), "A session that waits is pinned.");
        Invariant.Require(_pinned.Values.All(session => session.IsQueued || session.IsInFlight || session.IsParked), "What is pinned waits or is in flight.");
        Invariant.Require(_others.All().All(session => session.Waiter is null), "A session that somebody waits for is among the awaited.");
    }

    private void Pin(LiveSession session)
    {
        _pinned[session.Key] = session;
        Resize(session);
    }

    private static LiveSession? Peek(DirtyQueue queue)
    {
        // A birth that was given up during its own flush is let go of when that flush has ended; until then it may still stand here.
        while (queue.First is { } first && (first.IsEnded || first.IsAbandoned)) queue.Remove(first);
        return queue.First;
    }
}
