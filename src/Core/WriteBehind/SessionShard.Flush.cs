using HybridSession.Hot;
using HybridSession.Payload;

namespace HybridSession.WriteBehind;

/// <summary>How many sessions of a batch met which outcome.</summary>
internal readonly record struct FlushTally(int Written, int Conflict, int Gone, int Blocked, int Unreadable);

internal sealed partial class SessionShard
{
    private const int MaxWaitingAttempts = 2;

    /// <summary>
    /// Takes sessions and puts them in flight, at most <paramref name="maxCount"/> and about <paramref name="maxBytes"/>: those that somebody waits for first, but no
    /// more than half of the batch while others wait too; so neither a long backlog nor a crowd of waiters holds up the rest.
    /// </summary>
    public List<FlushItem> TakeBatch(int maxCount, long maxBytes)
    {
        lock (_lock)
        {
            var now = clock.NowMs;
            _dirty.Unpark(now);
            var items = new List<FlushItem>(Math.Min(maxCount, _dirty.QueuedCount));
            var bytes = TakeLocked(items, awaited: true, Math.Max(1, maxCount / 2), maxBytes / 2, 0, now);
            bytes = TakeLocked(items, awaited: false, maxCount, maxBytes, bytes, now);
            TakeLocked(items, awaited: true, maxCount, maxBytes, bytes, now);
            if (_dirty.AwaitedCount == 0) _isUrgent = false;
            return items;
        }
    }

    private long TakeLocked(List<FlushItem> items, bool awaited, int maxCount, long maxBytes, long bytes, long now)
    {
        while (items.Count < maxCount && bytes < maxBytes && _dirty.TryDequeue(awaited, out var session))
        {
            var item = SnapshotLocked(session, now);
            if (session.IsStored && item.Write.Version <= session.BaseVersion)
            {
                // Marked after the flush before had taken the change already: the row is what this is.
                SettleLocked(session);
                continue;
            }

            bytes += item.Snapshot.Bytes.Length;
            items.Add(item);
        }

        return bytes;
    }

    /// <summary>Tells those who wait for a flush that has not begun that it will not begin soon. Their changes wait on.</summary>
    public void FailWaiters(BackingStoreException failure)
    {
        lock (_lock) _isUrgent = TellWaitersLocked(failure);
    }

    private FlushItem SnapshotLocked(LiveSession session, long nowMs)
    {
        session.InFlightWaiter = session.Waiter;
        session.Waiter = null;

        // No longer queued, visibly to everybody, before the payload is read: a change after the snapshot queues the session again.
        Interlocked.MemoryBarrier();
        var snapshot = PayloadToStore(session);
        var expiresAt = expiration.ExpiresAtMs(session.Lifespan);
        var write = new SessionWrite(session.Key, snapshot.Bytes, snapshot.Version, session.BaseVersion, TimeSpan.FromMilliseconds(expiresAt - nowMs));
        return new FlushItem(session, snapshot, write, expiresAt, session.DirtySinceMs, cluster?.Marks.Now ?? 0);
    }

    /// <summary>Settles a flush by its outcomes.</summary>
    public FlushTally Complete(IReadOnlyList<FlushItem> batch, IReadOnlyList<FlushOutcome> outcomes)
    {
        int written = 0, conflict = 0, gone = 0, blocked = 0, unreadable = 0;
        var again = new List<(LiveSession, long)>();
        lock (_lock)
        {
            for (var i = 0; i < batch.Count; i++)
            {
                var item = batch[i];
                var isOver = IsOver(item);
                if (isOver) LetGoLocked(item);
                else item.Session.IsInFlight = false;
                switch (outcomes[i].Kind)
                {
                    case FlushOutcomeKind.Written:
                        written++;
                        if (!isOver) AcknowledgeLocked(item, item.Write.Version);
                        // Nobody will ever know the token of this row.
                        else if (item.Write.IsBirth) removals.Add(item.Write.Key, clock.NowMs);
                        break;
                    case FlushOutcomeKind.Conflict:
                        conflict++;
                        if (!isOver && !TryMergeLocked(item, outcomes[i].Current!, again)) unreadable++;
                        break;
                    case FlushOutcomeKind.Blocked:
                        blocked++;
                        if (!isOver) ParkLocked(item);
                        break;
                    default:
                        gone++;
                        if (!isOver) GoneLocked(item.Session);
                        break;
                }
            }

            if (again.Count > 0) _dirty.Requeue(again);
        }

        return new FlushTally(written, conflict, gone, blocked, unreadable);
    }

    /// <summary>
    /// Puts a batch that failed back in order. Those who wait hear the failure, or wait for one more attempt when that may succeed at once.
    /// Returns the new sessions of which the store may hold a row already: they wait under a fresh token.
    /// </summary>
    public List<LiveSession> Fail(IReadOnlyList<FlushItem> batch, BackingStoreException failure)
    {
        var retokened = new List<LiveSession>();
        var again = new List<(LiveSession, long)>(batch.Count);
        lock (_lock)
        {
            var somebodyWaits = _isUrgent;
            foreach (var item in batch)
            {
                if (IsOver(item))
                {
                    LetGoLocked(item);
                    continue;
                }

                var session = item.Session;
                session.IsInFlight = false;
                somebodyWaits |= session.InFlightWaiter is not null;
                KeepWaiting(session);
                if (!session.IsStored && failure.OutcomeUnknown)
                {
                    _dirty.Release(session);
                    RetokenLocked(session);
                    retokened.Add(session);
                }

                again.Add((session, item.DirtySinceMs));
            }

            _dirty.Requeue(again);
            _isUrgent = somebodyWaits && TellWaitersLocked(failure);
        }

        return retokened;
    }

    // Also those who joined during the flush or stand behind its batch hear the failure, unless one more attempt at once may help. True when somebody goes on waiting.
    private bool TellWaitersLocked(BackingStoreException failure)
    {
        var mayRetryNow = failure.IsTransient && failure.Failure != BackingStoreFailure.CircuitOpen;
        var goOn = false;
        foreach (var session in _dirty.Awaited)
        {
            if (session.Waiter is not { } waiter) continue;
            if (mayRetryNow && ++session.WaitingAttempts < MaxWaitingAttempts)
            {
                goOn = true;
                continue;
            }

            session.WaitingAttempts = 0;
            session.Waiter = null;
            Fault(waiter, failure);
            if (session.IsStored) _dirty.Reorder(session);
            else ForsakeLocked(session, failure);
        }

        return goOn;
    }

    // The outcome concerns nobody any more: the session ended, or its birth was given up and perhaps begun anew under another token.
    private static bool IsOver(FlushItem item) => item.Session.IsEnded || item.Session.IsAbandoned || item.Session.Key != item.Write.Key;

    private void LetGoLocked(FlushItem item)
    {
        _loads.Invalidate(item.Write.Key);
        if (item.Session.Key != item.Write.Key) return;
        SettleLocked(item.Session);
    }

    // A birth that failed for good: its request hears of it, and may try again with a fresh token.
    private void ForsakeLocked(LiveSession session, BackingStoreException failure)
    {
        session.IsAbandoned = true;
        if (session.Waiter is { } waiter) Fault(waiter, failure);
        session.Waiter = null;
        _dirty.Unpin(session);
    }

    // Who waits for it waits on; the others need not.
    private void ParkLocked(FlushItem item)
    {
        KeepWaiting(item.Session);
        _dirty.Park(item.Session, item.DirtySinceMs, clock.NowMs);
        _dirty.Reorder(item.Session);
    }

    // No row. While the session's token is being changed that may be this node's own doing: the end of the change will tell.
    private void GoneLocked(LiveSession session)
    {
        if (!session.IsMoving)
        {
            EndElsewhereLocked(session);
            return;
        }

        session.IsGone = true;
        KeepWaiting(session);
        _dirty.Reorder(session);
        _dirty.Unpin(session);
    }

    // Those who wait for the flush in flight wait for the next one.
    private static void KeepWaiting(LiveSession session)
    {
        session.Waiter = Join(session.Waiter, session.InFlightWaiter);
        session.InFlightWaiter = null;
    }

    // One completion for both: the older follows the newer.
    private static TaskCompletionSource? Join(TaskCompletionSource? newer, TaskCompletionSource? older)
    {
        if (newer is null || older is null) return newer ?? older;
        newer.Task.ContinueWith(static (done, state) => Follow((TaskCompletionSource)state!, done), older, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return newer;
    }

    private void AcknowledgeLocked(FlushItem item, long storedVersion)
    {
        var session = item.Session;
        session.WaitingAttempts = 0;
        session.MayBeStale = false;
        session.BaseVersion = storedVersion;
        session.Updates?.Stored(storedVersion);
        session.StoredExpiresAtMs = item.ExpiresAtMs;
        session.WasRead(item.ReadAt);
        EndQuarantineLocked(session);
        _loads.Invalidate(session.Key);
        // A birth's later changes did not queue it while its row did not exist; now they do.
        if (!ReferenceEquals(session.Payload.Bytes, item.Snapshot.Bytes)) _dirty.Enqueue(session, clock.NowMs);
        hot.Admit(session);
        SettleLocked(session);
    }

    private void SettleLocked(LiveSession session)
    {
        session.IsInFlight = false;
        _dirty.Unpin(session);
        // Last: whoever waited finds everything done.
        session.InFlightWaiter?.TrySetResult();
        session.InFlightWaiter = null;
    }

    // The row moved on: the union of both, entry by entry. When that is the row itself, the flush is done; a lost answer to COMMIT ends here.
    private bool TryMergeLocked(FlushItem item, StoredSession row, List<(LiveSession, long)> again)
    {
        var session = item.Session;
        if (!PackedSession.TryRead(row.Payload, out var stored, out _))
        {
            EndLocked(session, SessionOrigin.Unreadable);
            return false;
        }

        while (true)
        {
            var live = session.Payload;
            var merged = PackedSession.Merge(stored, live);
            var next = merged.Bytes.AsSpan().SequenceEqual(row.Payload) ? stored : !options.Rules.MergesGetTheirOwnVersion ? merged : merged.WithTip(Math.Max(Math.Max(row.Version, live.Version), stored.Version) + 1, node);
            if (!TryReplaceMerged(session, live, stored, ref next, row.Version)) continue;

            session.BaseVersion = row.Version;
            session.MayBeStale = false;
            if (ReferenceEquals(next.Bytes, stored.Bytes))
            {
                AcknowledgeLocked(item with { Snapshot = stored }, row.Version);
                return true;
            }

            _isUrgent |= session.InFlightWaiter is not null;
            KeepWaiting(session);
            again.Add((session, item.DirtySinceMs));
            return true;
        }
    }

    // Read in this order: an update whose result is in the payload has announced itself before.
    private static PackedSession PayloadToStore(LiveSession session)
    {
        var payload = session.Payload;
        return session.Updates is { } updates ? updates.Seal(session) : payload;
    }

    private bool TryReplaceMerged(LiveSession session, PackedSession live, PackedSession stored, ref PackedSession merged, long rowVersion) =>
        session.Updates is { } updates ? updates.TryMerge(session, live, stored, ref merged, rowVersion, node) : session.TryReplace(live, merged);

    private static void Fault(TaskCompletionSource waiter, Exception failure)
    {
        waiter.TrySetException(failure);
        // Observed here, for the case that nobody waits any more.
        _ = waiter.Task.Exception;
    }

    private static void Follow(TaskCompletionSource waiter, Task done)
    {
        if (done.Exception is { } failure) Fault(waiter, failure.InnerException ?? failure);
        else waiter.TrySetResult();
    }
}
