using HybridSession.Hot;
using HybridSession.Payload;

namespace HybridSession;

// Changes: visible to all requests of the node at once; on a stored session they also make it dirty. Each returns the session to go on with,
// which is normally the given one. Equal values, missing keys and ended sessions change nothing.
internal sealed partial class SessionEngine
{
    private interface IChange
    {
        /// <summary>The change may make the session larger.</summary>
        static abstract bool MayGrow { get; }

        PackedSession Make(PackedSession before, long version, NodeId node);
    }

    /// <exception cref="SessionLimitException">The change would break <see cref="SessionEngineOptions.MaxPayloadBytes"/> or <see cref="SessionEngineOptions.MaxKeys"/>; nothing is changed.</exception>
    /// <exception cref="SessionBacklogFullException">What waits to be stored is far beyond <see cref="SessionEngineOptions.MaxDirtyBytes"/>; nothing is changed.</exception>
    public LiveSession Set(LiveSession session, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, out bool changed)
    {
        if (key.Length + value.Length > Options.MaxPayloadBytes) throw PayloadTooLarge(key.Length + value.Length);
        return Change(session, new SetChange(key, value), out changed);
    }

    /// <summary>Sets what the session itself keeps beside the keys of the application; empty for none.</summary>
    /// <inheritdoc cref="Set" path="/exception"/>
    public LiveSession SetAttribute(LiveSession session, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, out bool changed) => Change(session, new AttributeChange(key, value), out changed);

    public LiveSession Remove(LiveSession session, ReadOnlySpan<byte> key, out bool changed) => Change(session, new RemoveChange(key), out changed);

    public LiveSession Clear(LiveSession session, out bool changed) => Change(session, default(ClearChange), out changed);

    private LiveSession Change<TChange>(LiveSession session, TChange change, out bool changed) where TChange : struct, IChange, allows ref struct
    {
        changed = false;
        long tried = 0;
        while (!session.IsEnded)
        {
            var before = session.Payload;
            var after = change.Make(before, NextVersion(session, before, tried), Node);
            if (ReferenceEquals(after.Bytes, before.Bytes)) return session;
            if (TChange.MayGrow) CheckLimits(session, before, after);
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

    private readonly ref struct SetChange(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) : IChange
    {
        private readonly ReadOnlySpan<byte> _key = key;
        private readonly ReadOnlySpan<byte> _value = value;

        public static bool MayGrow => true;

        public PackedSession Make(PackedSession before, long version, NodeId node) => before.Set(_key, _value, version, node);
    }

    private readonly ref struct AttributeChange(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) : IChange
    {
        private readonly ReadOnlySpan<byte> _key = key;
        private readonly ReadOnlySpan<byte> _value = value;

        public static bool MayGrow => true;

        public PackedSession Make(PackedSession before, long version, NodeId node) => before.SetAttribute(_key, _value, version, node);
    }

    private readonly ref struct RemoveChange(ReadOnlySpan<byte> key) : IChange
    {
        private readonly ReadOnlySpan<byte> _key = key;

        public static bool MayGrow => false;

        public PackedSession Make(PackedSession before, long version, NodeId node) => before.Remove(_key, version, node);
    }

    private readonly struct ClearChange : IChange
    {
        public static bool MayGrow => false;

        public PackedSession Make(PackedSession before, long version, NodeId node) => before.Clear(version, node);
    }
}
