using HybridSession.Hot;

namespace HybridSession.WriteBehind;

internal sealed partial class SessionShard
{
    /// <summary>
    /// Gives up writing a session whose data the store refuses: it goes into quarantine, whole and usable, and its next change tries again.
    /// Whoever waits for the write hears of it; a new session is its request's alone.
    /// </summary>
    public Refusal Refuse(FlushItem item, BackingStoreException failure)
    {
        lock (_lock)
        {
            if (IsOver(item))
            {
                LetGoLocked(item);
                return new Refusal(RefusalKind.Over);
            }

            var session = item.Session;
            session.IsInFlight = false;
            if (session.InFlightWaiter is { } waiter) Fault(waiter, failure);
            session.InFlightWaiter = null;
            if (!session.IsStored)
            {
                ForsakeLocked(session, failure);
                return new Refusal(RefusalKind.Birth);
            }

            // Before it leaves the dirty set: between the two it must be found.
            var refusal = quarantine.Add(item, Refusal.ReasonOf(failure), clock.NowMs);
            session.IsRefused = true;
            _dirty.Unpin(session);
            foreach (var other in refusal.LetGo) hot.Evict(other);
            return refusal;
        }
    }

    /// <summary>Tries a session in quarantine again, though it has not changed.</summary>
    public void TryAgain(SessionKey key)
    {
        lock (_lock)
            if (quarantine.TryGet(key, out var session)) _dirty.Enqueue(session!, clock.NowMs);
        Wake.Set();
    }

    /// <summary>Takes an expired session out of quarantine.</summary>
    /// <param name="session">The session.</param>
    /// <param name="isRowOver">Its row has expired too, or is gone. Otherwise another node has it in use: it leaves only when its letter is stored, and the letter stays.</param>
    public void ExpireRefused(LiveSession session, bool isRowOver)
    {
        lock (_lock)
        {
            if (!session.IsRefused || IsAboutToBeWritten(session) || expiration.Judge(clock.NowMs, session.Lifespan) is null) return;
            if (isRowOver) quarantine.End(session);
            else if (!quarantine.TryLeaveToLetter(session)) return;
            session.IsRefused = false;
            hot.Evict(session);
        }
    }

    /// <summary>Drops what the store refused: the next use of the session reads its row. False when it has changed since and is about to be tried again.</summary>
    public bool TryDiscardRefused(LiveSession session)
    {
        lock (_lock)
        {
            if (!session.IsRefused || IsAboutToBeWritten(session)) return false;
            EndQuarantineLocked(session);
            hot.Evict(session);
            _loads.Invalidate(session.Key);
            return true;
        }
    }

    private static bool IsAboutToBeWritten(LiveSession session) => session.IsQueued || session.IsInFlight || session.IsParked;

    private void EndQuarantineLocked(LiveSession session)
    {
        if (!session.IsRefused) return;
        session.IsRefused = false;
        quarantine.End(session);
    }
}
