using HybridSession.Expiration;
using HybridSession.Hot;
using HybridSession.Payload;

namespace HybridSession.WriteBehind;

internal sealed partial class SessionShard
{
    /// <summary>Finds the session in memory, or the load of it to wait for.</summary>
    /// <param name="token">The token.</param>
    /// <param name="key">Its key.</param>
    /// <param name="tokenText">Its text.</param>
    /// <param name="mustRead">Also what is in memory is to be compared with its row.</param>
    /// <param name="ticket">The load to wait for, when the result is null.</param>
    /// <param name="isNewTicket">The caller has to start it.</param>
    public LiveSession? FindOrLoad(SessionToken token, SessionKey key, string tokenText, bool mustRead, out LoadTicket? ticket, out bool isNewTicket)
    {
        lock (_lock)
        {
            ticket = null;
            isNewTicket = false;
            var session = FindLocked(key, tokenText);
            if (session is { MayBeStale: false } && !mustRead) return session;
            ticket = _loads.Join(token, key, tokenText, out isNewTicket);
            if (isNewTicket) (ticket.KnownVersion, ticket.MustRead) = (KnownVersionOf(session), mustRead);
            else ticket.MustRead |= mustRead;
            return null;
        }
    }

    /// <summary>Settles a load by the row it read. False when the load has to run again.</summary>
    public bool TryCompleteLoad(LoadTicket ticket, StoredSession? row, out OpenResult result)
    {
        lock (_lock)
        {
            result = default;
            if (!_loads.TryFinish(ticket, KnownVersionOf(FindLocked(ticket.Key, ticket.TokenText)))) return false;
            result = InstallLocked(ticket, row);
            return true;
        }
    }

    public void AbortLoad(LoadTicket ticket)
    {
        lock (_lock) _loads.Abort(ticket);
    }

    /// <summary>Takes a session that the store no longer holds at its version out of memory, so that its next use reads the row. A changed one stays: its flush will tell.</summary>
    public void Distrust(SessionKey key, string tokenText)
    {
        lock (_lock)
        {
            _loads.Invalidate(key);
            if (_dirty.TryGet(key, out _)) return;
            // A refused one has no flush to come: it is tried again now.
            if (quarantine.TryGet(key, out var session)) _dirty.Enqueue(session!, clock.NowMs);
            else if (hot.TryGet(tokenText, out session) && session is not null) hot.Evict(session);
        }

        Wake.Set();
    }

    /// <summary>The session, when it has changes that are not stored: it waits, is in flight, or was refused.</summary>
    public LiveSession? FindPinned(SessionKey key)
    {
        lock (_lock) return _dirty.TryGet(key, out var session) || quarantine.TryGet(key, out session) ? session : null;
    }

    /// <summary>Makes a load of the key that is under way read again.</summary>
    public void InvalidateLoad(SessionKey key)
    {
        lock (_lock) _loads.Invalidate(key);
    }

    /// <summary>Begins to move a session to another key. Returns the object that stands for it, what to store, and the version that the row should have.</summary>
    public (LiveSession Session, PackedSession Snapshot, long BaseVersion) BeginMove(LiveSession session)
    {
        lock (_lock)
        {
            if (!session.IsEnded) session = PresentLocked(session);
            session.IsMoving = true;
            return (session, PayloadToStore(session), session.BaseVersion);
        }
    }

    /// <summary>What is to be stored past the flush: the object that stands for the session, its content, and the version that the row should have.</summary>
    public (LiveSession Session, PackedSession Snapshot, long BaseVersion) Look(LiveSession session)
    {
        lock (_lock)
        {
            if (!session.IsEnded) session = PresentLocked(session);
            return (session, session.Payload, session.BaseVersion);
        }
    }

    /// <summary>A write past the flush took effect. When that was all there is, the session need not be flushed any more.</summary>
    public void WasStored(LiveSession session, PackedSession stored, long expiresAtMs)
    {
        lock (_lock)
        {
            if (!ReferenceEquals(PresentLocked(session), session) || session.IsEnded) return;
            RebaseLocked(session, new StoredSession(stored.Bytes, stored.Version, TimeSpan.Zero, TimeSpan.Zero), stored);
            session.StoredExpiresAtMs = expiresAtMs;
            if (!session.IsQueued || session.IsInFlight || session.IsParked) return;

            session.Queue!.Remove(session);
            // As for a flush: no longer queued, visibly to everybody, before the payload is read.
            Interlocked.MemoryBarrier();
            if (session.Payload.Version > session.BaseVersion)
            {
                _dirty.Requeue([(session, session.DirtySinceMs)]);
                return;
            }

            hot.Admit(session);
            session.Waiter?.TrySetResult();
            session.Waiter = null;
            _dirty.Unpin(session);
        }
    }

    /// <summary>The store has no row of the session. Where its token is being replaced that may be this node's own doing: the end of the change will tell.</summary>
    public void WasGone(LiveSession session)
    {
        lock (_lock)
            if (!session.IsMoving && !session.IsEnded) EndElsewhereLocked(session);
    }

    /// <summary>From now on no row of the session is installed, whenever it was read.</summary>
    public void Bar(SessionKey key)
    {
        lock (_lock)
        {
            _loads.Invalidate(key);
            ended.Add(key, SessionOrigin.Removed, clock.NowMs);
            watches?.Ended(key);
            if (_dirty.TryGet(key, out var session) || quarantine.TryGet(key, out session)) EndOneLocked(session!, SessionOrigin.Removed);
        }
    }

    /// <summary>The store has not moved the row. A session that a flush found gone meanwhile is over.</summary>
    public void CancelMove(LiveSession session)
    {
        lock (_lock)
        {
            session.IsMoving = false;
            if (session.IsGone) EndLocked(session, SessionOrigin.Removed);
        }
    }

    /// <summary>
    /// Ends the session whose row the store has moved, and every object that stands for it. Changes made since the snapshot are to go along, and so are
    /// those who wait for them.
    /// </summary>
    public void EndReplaced(LiveSession old, PackedSession snapshot, out PackedSession? later, out TaskCompletionSource? waiter)
    {
        lock (_lock)
        {
            var second = FindLocked(old.Key, old.TokenText) is { } present && !ReferenceEquals(present, old) ? present : null;
            waiter = Join(TakeWaiters(old), second is null ? null : TakeWaiters(second));
            EndLocked(old, SessionOrigin.Replaced);
            // Also when a flush or a second change of the token found the row gone before.
            ended.Add(old.Key, SessionOrigin.Replaced, clock.NowMs);

            // Read after the end: what changes from now on changes nothing.
            var last = old.Payload;
            if (second is not null)
            {
                var merged = PackedSession.Merge(last, second.Payload);
                last = ReferenceEquals(merged.Bytes, last.Bytes) ? last : merged.WithTip(merged.Version + 1, node);
            }

            later = ReferenceEquals(last.Bytes, snapshot.Bytes) ? null : last;
        }
    }

    /// <summary>Makes a stored session findable that this node has just put into the store itself; a changed one waits for its flush.</summary>
    public void Install(LiveSession session, bool isDirty)
    {
        lock (_lock)
        {
            _loads.Invalidate(session.Key);
            hot.Admit(session);
            if (!isDirty) return;
            _dirty.Enqueue(session, clock.NowMs);
            _isUrgent |= session.Waiter is not null;
        }

        Wake.Set();
    }

    /// <summary>Takes over a row that turned out to be newer than this node's base.</summary>
    public bool TryRebase(LiveSession session, StoredSession row)
    {
        if (!PackedSession.TryRead(row.Payload, out var stored, out _)) return false;
        lock (_lock)
        {
            // Another object came to stand for the session meanwhile: the next attempt takes that one.
            if (ReferenceEquals(PresentLocked(session), session) && !session.IsEnded) RebaseLocked(session, row, stored);
            return true;
        }
    }

    private void RebaseLocked(LiveSession session, StoredSession row, PackedSession stored)
    {
        session.MayBeStale = false;
        while (true)
        {
            var live = session.Payload;
            // The live array stays when its bytes are the row's: the flush in flight compares by reference.
            var merged = PackedSession.Merge(live, stored);
            var isRow = merged.Bytes.AsSpan().SequenceEqual(row.Payload);
            var next = isRow || !options.Rules.MergesGetTheirOwnVersion ? merged : merged.WithTip(Math.Max(row.Version, Math.Max(live.Version, stored.Version)) + 1, node);
            if (!TryReplaceMerged(session, live, stored, ref next, row.Version)) continue;
            // While a flush is in flight its own outcome moves the base; raising it here would make that outcome count for a version it never wrote.
            if (session.IsInFlight) return;
            session.BaseVersion = Math.Max(session.BaseVersion, row.Version);
            if (isRow && ReferenceEquals(next.Bytes, merged.Bytes))
            {
                EndQuarantineLocked(session);
                return;
            }

            _dirty.Enqueue(session, clock.NowMs);
            Wake.Set();
            return;
        }
    }

    private static TaskCompletionSource? TakeWaiters(LiveSession session)
    {
        KeepWaiting(session);
        var waiter = session.Waiter;
        session.Waiter = null;
        return waiter;
    }

    // Its row is gone. Where it was replaced, what was kept open for it cannot know under which key it goes on.
    private SessionOrigin EndElsewhereLocked(LiveSession session)
    {
        var reason = cluster?.Hints.ReasonOf(session.Key) == SessionOrigin.Replaced ? SessionOrigin.Replaced : SessionOrigin.Removed;
        EndLocked(session, reason);
        watches?.Ended(session.Key);
        return reason;
    }

    private static long KnownVersionOf(LiveSession? session) => session is { MayBeStale: false } ? session.BaseVersion : 0;

    // A row that cannot be read is left to the flush, which meets it too. Of one that is not stored yet, or moves, the row says nothing.
    private OpenResult ConfirmLocked(LiveSession session, LoadTicket ticket, StoredSession? row, long now)
    {
        session.WasRead(ticket.ReadAt);
        if (!session.IsStored || session.IsMoving) return new OpenResult(session, SessionOrigin.Memory);
        if (row is null)
        {
            var reason = EndElsewhereLocked(session);
            return new OpenResult(null, reason);
        }

        // Left out when it is the one known here.
        var isReadable = PackedSession.TryRead(row.Payload, out var stored, out _);
        var terms = isReadable ? SessionTerms.Read(stored) : session.Terms;
        if (expiration.JudgeStored(row, terms) is { } over && !session.HasUnstoredChanges && expiration.Judge(now, session.Lifespan) is not null)
        {
            hot.Evict(session);
            return new OpenResult(null, over);
        }

        // Another node may have had it in use meanwhile.
        session.Access(Math.Max(session.LastAccessMs, Math.Min(now, expiration.LastAccessMs(now + (long)row.ExpiresIn.TotalMilliseconds, terms))));
        if (row.Version == session.BaseVersion && !session.MayBeStale) return new OpenResult(session, SessionOrigin.Memory);
        if (isReadable) RebaseLocked(session, row, stored);
        return new OpenResult(session, SessionOrigin.Memory);
    }

    private OpenResult InstallLocked(LoadTicket ticket, StoredSession? row)
    {
        var now = clock.NowMs;
        var tokenText = ticket.TokenText;
        if (FindLocked(ticket.Key, tokenText) is { } present)
        {
            if (present.MayBeStale || ticket.MustRead) return ConfirmLocked(present, ticket, row, now);
            return present.IsEnded ? new OpenResult(null, SessionOrigin.Removed) : new OpenResult(present, SessionOrigin.Memory);
        }

        if (ended.TryGet(ticket.Key, now, out var reason)) return new OpenResult(null, reason);
        // Not removed yet, but it will be.
        if (removals.Contains(ticket.Key)) return new OpenResult(null, SessionOrigin.Removed);
        if (row is null) return new OpenResult(null, cluster?.Hints.ReasonOf(ticket.Key) ?? SessionOrigin.Unknown);
        var isReadable = PackedSession.TryRead(row.Payload, out var payload, out _);
        var terms = SessionTerms.Read(payload);
        if (expiration.JudgeStored(row, terms) is { } over) return new OpenResult(null, over);
        if (!isReadable) return new OpenResult(null, SessionOrigin.Unreadable);

        var expiresAt = now + (long)row.ExpiresIn.TotalMilliseconds;
        var session = new LiveSession(
            ticket.Token, ticket.Key, tokenText, payload, row.Version,
            createdMs: now - (long)row.Age.TotalMilliseconds, lastAccessMs: Math.Min(now, expiration.LastAccessMs(expiresAt, terms)), storedExpiresAtMs: expiresAt);
        session.WasRead(ticket.ReadAt);
        hot.Admit(session);
        return new OpenResult(session, SessionOrigin.Store);
    }
}
