using HybridSession.Consistency;
using HybridSession.Expiration;
using HybridSession.Hot;
using HybridSession.Payload;

namespace HybridSession.WriteBehind;

/// <summary>
/// One part of the key space: its dirty sessions, its loads in flight, and the one lock under which a session changes its state.
/// </summary>
/// <remarks>
/// Nothing in here waits or calls the store. The rule that makes one session one object: whoever installs or dirties a session looks, under the lock,
/// first into the dirty set, then into the quarantine, then into the hot set, and goes on with what is there.
/// </remarks>
internal sealed partial class SessionShard(
    HotSet hot, EndedSessions ended, PendingRemovals removals, Backlog backlog, MemoryQuarantine quarantine, ExpirationPolicy expiration, SessionClock clock, NodeId node, SessionEngineOptions options,
    RemovalWatches? watches = null, SessionCluster? cluster = null)
{
    private readonly Lock _lock = new();
    private readonly DirtySet _dirty = new(backlog);
    private readonly LoadTable _loads = new(options.Rules);
    private bool _isUrgent;

    /// <summary>Wakes the flusher: the first dirty session, a full batch, somebody who waits.</summary>
    public Signal Wake { get; } = new();

    /// <summary>What the flusher needs to decide when to start. The last is infinite when no session is parked.</summary>
    public (int Queued, TimeSpan OldestAge, bool IsUrgent, TimeSpan UntilUnpark) Look()
    {
        lock (_lock)
        {
            var now = clock.NowMs;
            _dirty.Unpark(now);
            var untilUnpark = _dirty.NextUnparkMs is { } due ? TimeSpan.FromMilliseconds(due - now) : Timeout.InfiniteTimeSpan;
            if (_dirty.OldestQueuedMs is { } oldest) return (_dirty.QueuedCount, TimeSpan.FromMilliseconds(Math.Max(0, now - oldest)), _isUrgent, untilUnpark);

            // Who waits and is not parked waits in the queue: it is empty, nobody waits.
            _isUrgent = false;
            return (0, TimeSpan.Zero, false, untilUnpark);
        }
    }

    /// <summary>Sessions not yet confirmed by the store, waiting or in flight, and the age of the oldest change among them.</summary>
    public (int Count, TimeSpan OldestAge) Unconfirmed()
    {
        lock (_lock)
        {
            var oldest = long.MaxValue;
            foreach (var session in _dirty.Pinned) oldest = Math.Min(oldest, session.IsInFlight ? session.InFlightSinceMs : session.DirtySinceMs);
            return (_dirty.PinnedCount, oldest == long.MaxValue ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Max(0, clock.NowMs - oldest)));
        }
    }

    /// <summary>Notes that a session has changed, after its payload was replaced. Returns the object that stands for the session: when it is another one, the change has to be made on that.</summary>
    public LiveSession MarkDirty(LiveSession session)
    {
        // Set before the flusher takes its snapshot and cleared before it reads the payload; replacing the payload was a full fence: one of the two sees the other.
        if (session.IsQueued) return session;

        bool wake;
        lock (_lock)
        {
            if (session.IsEnded || (!session.IsStored && !session.IsInFlight)) return session;
            var present = PresentLocked(session);
            if (!ReferenceEquals(present, session) || session.IsEnded) return present;

            _dirty.Enqueue(session, clock.NowMs);
            wake = _dirty.QueuedCount == 1 || _dirty.QueuedCount == options.FlushBatchSize;
            _loads.Invalidate(session.Key);
        }

        if (wake) Wake.Set();
        return session;
    }

    /// <summary>Counts the new size of a session whose change found it in the dirty set already.</summary>
    public void Resize(LiveSession session)
    {
        lock (_lock)
            // One that ended or was given up may still stand in the queue, but is not pinned any more.
            if (session.IsQueued && session.PinnedBytes > 0) _dirty.Resize(session);
    }

    /// <summary>Queues a new session to be stored at once.</summary>
    public Task EnqueueBirth(LiveSession session)
    {
        Task stored;
        lock (_lock)
        {
            if (session.IsStored || session.IsEnded) return Task.CompletedTask;
            if (session.IsAbandoned) StartOverLocked(session);
            // What is in flight holds every change, or the change would have queued the session.
            if (session.IsInFlight && !session.IsQueued) return (session.InFlightWaiter ??= NewWaiter()).Task;
            session.Waiter ??= NewWaiter();
            stored = session.Waiter.Task;
            _dirty.Enqueue(session, clock.NowMs);
            _dirty.Reorder(session);
            _isUrgent = true;
        }

        Wake.Set();
        return stored;
    }

    /// <summary>Completes when every change made to the session before this call is stored.</summary>
    public Task WaitUntilStored(LiveSession session)
    {
        Task stored;
        lock (_lock)
        {
            if (session.IsEnded) return Task.CompletedTask;
            if (session.IsInFlight && !options.Rules.WaitersWaitForTheirChange) return (session.InFlightWaiter ??= NewWaiter()).Task;
            if (!session.IsQueued)
            {
                // The flush in flight was snapshot after the last change, or the change would have queued the session again.
                if (session.IsInFlight) return (session.InFlightWaiter ??= NewWaiter()).Task;
                var present = PresentLocked(session);
                if (!ReferenceEquals(present, session)) return WaitUntilStored(present);
                if (session.IsEnded || session.Payload.Version <= session.BaseVersion) return Task.CompletedTask;

                // Neither waiting nor stored: the store refused it. This is the next attempt.
                _dirty.Enqueue(session, clock.NowMs);
            }

            stored = (session.Waiter ??= NewWaiter()).Task;
            _dirty.Reorder(session);
            _isUrgent = true;
        }

        Wake.Set();
        return stored;
    }

    /// <summary>The request that wanted the birth has given up: nobody will ever know the token.</summary>
    public void AbandonBirth(LiveSession session)
    {
        lock (_lock)
        {
            if (session.IsStored) return;
            session.IsAbandoned = true;
            session.Waiter = null;
            _dirty.Reorder(session);
            if (!session.IsInFlight) _dirty.Unpin(session);
        }
    }

    /// <summary>Gives a session that was never asked to be stored another token.</summary>
    public void Retoken(LiveSession session)
    {
        lock (_lock)
            if (!session.IsStored && !session.IsQueued && !session.IsInFlight) RetokenLocked(session);
    }

    /// <summary>Ends a session: it leaves memory, and whatever is done to it from now on has no effect. False when it was over already.</summary>
    /// <param name="session">The session; when another object stands for it, that one ends too.</param>
    /// <param name="reason">What a late request hears.</param>
    /// <param name="wasStored">Its row exists. A birth in flight does not count: its row is removed when it has arrived.</param>
    public bool End(LiveSession session, SessionOrigin reason, out bool wasStored)
    {
        lock (_lock)
        {
            wasStored = session.IsStored;
            return EndLocked(session, reason);
        }
    }

    private bool EndLocked(LiveSession session, SessionOrigin reason)
    {
        _loads.Invalidate(session.Key);
        if (FindLocked(session.Key, session.TokenText) is { } present && !ReferenceEquals(present, session)) EndOneLocked(present, reason);
        return EndOneLocked(session, reason);
    }

    private bool EndOneLocked(LiveSession session, SessionOrigin reason)
    {
        if (session.IsEnded) return false;
        session.End();
        hot.Evict(session);
        _dirty.Unpin(session);
        EndQuarantineLocked(session);
        ended.Add(session.Key, reason, clock.NowMs);
        if (reason != SessionOrigin.Replaced) watches?.Ended(session.Key);

        // The change they wait for is over with the session: superseded, not lost.
        session.Waiter?.TrySetResult();
        session.InFlightWaiter?.TrySetResult();
        session.Waiter = session.InFlightWaiter = null;
        return true;
    }

    // A birth that was given up may still arrive in the store, also while this one is under way: its token is not used again, and what is in flight is no longer this session's.
    private void StartOverLocked(LiveSession session)
    {
        _dirty.Release(session);
        session.InFlightWaiter = null;
        session.IsInFlight = false;
        session.IsAbandoned = false;
        RetokenLocked(session);
    }

    // The fresh token belongs to the same shard, so that one lock guards the session all its life.
    private void RetokenLocked(LiveSession session)
    {
        var shard = session.Key.ShardOf(options.Flushers);
        var token = SessionToken.Create();
        while (token.ToKey().ShardOf(options.Flushers) != shard) token = SessionToken.Create();
        session.Retoken(token);
    }

    // The object that stands for the session: this one may have been evicted, and the session been loaded anew, or ended, since.
    private LiveSession PresentLocked(LiveSession session)
    {
        if (FindLocked(session.Key, session.TokenText) is { } present) return present;
        if (!session.IsEnded && ended.TryGet(session.Key, clock.NowMs, out var reason)) EndOneLocked(session, reason);
        session.MayBeStale = true;
        return session;
    }

    /// <summary>Finds the session in memory, if it may serve a request as it is.</summary>
    public LiveSession? Find(SessionKey key, string tokenText)
    {
        lock (_lock) return FindLocked(key, tokenText) is { MayBeStale: false } session ? session : null;
    }

    private LiveSession? FindLocked(SessionKey key, string tokenText)
    {
        if ((_dirty.TryGet(key, out var session) || quarantine.TryGet(key, out session)) && options.Rules.ChangedSessionsArePinned) return session;
        return hot.TryGet(tokenText, out session) ? session : null;
    }

    private static TaskCompletionSource NewWaiter() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
