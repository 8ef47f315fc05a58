using HybridSession.Hot;
using HybridSession.Payload;

namespace HybridSession;

// Changes: visible to all requests of the node at once; on a stored session they also make it dirty. Each returns the session to go on with,
// which is normally the given one. Equal values, missing keys and ended sessions change nothing.
internal sealed partial class SessionEngine
{
    /// <exception cref="SessionLimitException">The change would break <see cref="SessionEngineOptions.MaxPayloadBytes"/> or <see cref="SessionEngineOptions.MaxKeys"/>; nothing is changed.</exception>
    /// <exception cref="SessionBacklogFullException">What waits to be stored is far beyond <see cref="SessionEngineOptions.MaxDirtyBytes"/>; nothing is changed.</exception>
    public LiveSession Set(LiveSession session, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, out bool changed)
    {
        changed = false;
        if (key.Length + value.Length > Options.MaxPayloadBytes) throw PayloadTooLarge(key.Length + value.Length);
        long tried = 0;
        while (!session.IsEnded)
        {
            var before = session.Payload;
            var after = before.Set(key, value, NextVersion(session, before, tried), Node);
            if (ReferenceEquals(after.Bytes, before.Bytes)) return session;
            CheckLimits(session, before, after);
            if (!session.TryReplace(before, after)) continue;

            changed = true;
            if (TryMarkDirty(ref session)) return session;
            tried = after.Version;
        }

        return session;
    }

    /// <summary>Sets what the session itself keeps beside the keys of the application; empty for none.</summary>
    /// <inheritdoc cref="Set" path="/exception"/>
    public LiveSession SetAttribute(LiveSession session, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, out bool changed)
    {
        changed = false;
        long tried = 0;
        while (!session.IsEnded)
        {
            var before = session.Payload;
            var after = before.SetAttribute(key, value, NextVersion(session, before, tried), Node);
            if (ReferenceEquals(after.Bytes, before.Bytes)) return session;
            CheckLimits(session, before, after);
            if (!session.TryReplace(before, after)) continue;

            changed = true;
            if (TryMarkDirty(ref session)) return session;
            tried = after.Version;
        }

        return session;
    }

    public LiveSession Remove(LiveSession session, ReadOnlySpan<byte> key, out bool changed)
    {
        changed = false;
        long tried = 0;
        while (!session.IsEnded)
        {
            var before = session.Payload;
            var after = before.Remove(key, NextVersion(session, before, tried), Node);
            if (ReferenceEquals(after.Bytes, before.Bytes)) return session;
            if (!session.TryReplace(before, after)) continue;

            changed = true;
            if (TryMarkDirty(ref session)) return session;
            tried = after.Version;
        }

        return session;
    }

    public LiveSession Clear(LiveSession session, out bool changed)
    {
        changed = false;
        long tried = 0;
        while (!session.IsEnded)
        {
            var before = session.Payload;
            var after = before.Clear(NextVersion(session, before, tried), Node);
            if (ReferenceEquals(after.Bytes, before.Bytes)) return session;
            if (!session.TryReplace(before, after)) continue;

            changed = true;
            if (TryMarkDirty(ref session)) return session;
            tried = after.Version;
        }

        return session;
    }

    // False when another object stands for the session meanwhile (this one was evicted and loaded anew): the change is made again on that.
    private bool TryMarkDirty(ref LiveSession session)
    {
        var shard = ShardOf(session.Key);
        var present = shard.MarkDirty(session);
        if (ReferenceEquals(present, session))
        {
            // Small changes of a waiting session are not worth a lock: its count is refreshed when it is stored, or when all of them together made it grow markedly.
            if (session.IsQueued && session.SizeBytes - session.PinnedBytes > LiveSession.OverheadBytes) shard.Resize(session);
            return true;
        }

        session = present;
        return false;
    }

    // Above what was tried on an object that stood for the session no more: should that one be merged some day, the later change wins.
    private static long NextVersion(LiveSession session, PackedSession payload, long tried) => Math.Max(Math.Max(payload.Version, session.BaseVersion), tried) + 1;

    private void CheckLimits(LiveSession session, PackedSession before, PackedSession after)
    {
        if (_backlog.IsOverfull && session.IsStored && (!session.IsQueued || after.Bytes.Length > before.Bytes.Length)) throw BacklogFull("The change was not made");
        if (after.Bytes.Length > Options.MaxPayloadBytes && after.Bytes.Length > before.Bytes.Length) throw PayloadTooLarge(after.Bytes.Length);
        if (after.KeyCount > Options.MaxKeys && after.KeyCount > before.KeyCount)
            throw new SessionLimitException($"The session would have {after.KeyCount} keys; MaxKeys is {Options.MaxKeys}. The change was not made. Remove keys, or raise MaxKeys.");
    }

    private SessionLimitException PayloadTooLarge(int bytes) =>
        new($"The session payload would be {bytes} bytes; MaxPayloadBytes is {Options.MaxPayloadBytes}. The change was not made. Store less, or raise MaxPayloadBytes.");
}
