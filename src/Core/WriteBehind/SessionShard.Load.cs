using HybridSession.Hot;
using HybridSession.Payload;

namespace HybridSession.WriteBehind;

internal sealed partial class SessionShard
{
    /// <summary>Finds the session in memory, or the load of it to wait for.</summary>
    public LiveSession? FindOrLoad(SessionToken token, SessionKey key, string tokenText, out LoadTicket? ticket, out bool isNewTicket)
    {
        lock (_lock)
        {
            ticket = null;
            isNewTicket = false;
            if (FindLocked(key, tokenText) is { } session) return session;
            ticket = _loads.Join(token, key, out isNewTicket);
            return null;
        }
    }

    /// <summary>Settles a load by the row it read. False when the load has to run again.</summary>
    public bool TryCompleteLoad(LoadTicket ticket, StoredSession? row, out OpenResult result)
    {
        lock (_lock)
        {
            result = default;
            if (!_loads.TryFinish(ticket)) return false;
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
            if (!_dirty.TryGet(key, out _) && hot.TryGet(tokenText, out var session) && session is not null) hot.Evict(session);
        }
    }

    /// <summary>
    /// Puts the session under its new token in the place of <paramref name="old"/>, whose row the store has moved. Changes made to the old one since
    /// the snapshot go along.
    /// </summary>
    public void EndReplaced(LiveSession old, PackedSession snapshot, out PackedSession? later)
    {
        lock (_lock)
        {
            EndLocked(old, SessionOrigin.Replaced);
            var last = old.Payload;
            later = ReferenceEquals(last.Bytes, snapshot.Bytes) ? null : last;
        }
    }

    /// <summary>Makes a stored session findable that this node has just put into the store itself.</summary>
    public void Install(LiveSession session)
    {
        lock (_lock)
        {
            _loads.Invalidate(session.Key);
            hot.Admit(session);
        }
    }

    /// <summary>Takes over a row that turned out to be newer than this node's base.</summary>
    public bool TryRebase(LiveSession session, StoredSession row)
    {
        if (!PackedSession.TryRead(row.Payload, out var stored, out _)) return false;
        lock (_lock)
        {
            if (session.IsEnded) return true;
            while (true)
            {
                var live = session.Payload;
                var merged = PackedSession.Merge(stored, live);
                var isRow = merged.Bytes.AsSpan().SequenceEqual(row.Payload);
                var next = isRow ? stored : merged.WithTip(Math.Max(row.Version, Math.Max(live.Version, stored.Version)) + 1, node);
                if (!session.TryReplace(live, next)) continue;
                // While a flush is in flight its own outcome moves the base; raising it here would make that outcome count for a version it never wrote.
                if (session.IsInFlight) return true;
                session.BaseVersion = Math.Max(session.BaseVersion, row.Version);
                if (!isRow) _dirty.Enqueue(session, clock.NowMs);
                return true;
            }
        }
    }

    private OpenResult InstallLocked(LoadTicket ticket, StoredSession? row)
    {
        var now = clock.NowMs;
        var tokenText = ticket.Token.Encode();
        if (FindLocked(ticket.Key, tokenText) is { } present) return new OpenResult(present, SessionOrigin.Memory);
        if (ended.TryGet(ticket.Key, now, out var reason)) return new OpenResult(null, reason);
        if (row is null) return new OpenResult(null, SessionOrigin.Unknown);
        if (expiration.JudgeStored(row) is { } over) return new OpenResult(null, over);
        if (!PackedSession.TryRead(row.Payload, out var payload, out _)) return new OpenResult(null, SessionOrigin.Unreadable);

        var session = new LiveSession(
            ticket.Token, ticket.Key, tokenText, payload, row.Version,
            createdMs: now - (long)row.Age.TotalMilliseconds, nowMs: now, storedExpiresAtMs: now + (long)row.ExpiresIn.TotalMilliseconds);
        hot.Admit(session);
        return new OpenResult(session, SessionOrigin.Store);
    }
}
