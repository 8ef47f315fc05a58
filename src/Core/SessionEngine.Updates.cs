using HybridSession.Diagnostics;
using HybridSession.Hot;
using HybridSession.Updates;

namespace HybridSession;

// Read, compute and write in one step: no change of another request comes in between, on this node or, as far as nodes merge, on another.
internal sealed partial class SessionEngine
{
    /// <param name="session">The session.</param>
    /// <param name="key">Of the value.</param>
    /// <param name="update">What computes the value. Run again when another request was faster, and when it turns out that another node had changed the key.</param>
    /// <param name="value">What the update made; null when it removed the key.</param>
    /// <param name="changed">False when the value was that already.</param>
    /// <inheritdoc cref="Set" path="/exception"/>
    public LiveSession Update(LiveSession session, ReadOnlySpan<byte> key, SessionUpdate update, out byte[]? value, out bool changed)
    {
        changed = false;
        value = null;
        long tried = 0;
        while (!session.IsEnded)
        {
            var before = session.Payload;
            value = update.Apply(before.TryGet(key, out var current) ? current.ToArray() : null);
            if (value is not null && key.Length + value.Length > Options.MaxPayloadBytes) throw PayloadTooLarge(key.Length + value.Length);
            var version = NextVersion(session, before, tried);
            var after = value is null ? before.Remove(key, version, Node) : before.Set(key, value, version, Node);
            if (ReferenceEquals(after.Bytes, before.Bytes)) return session;
            CheckLimits(session, before, after);
            var updates = session.Updates ?? session.RememberUpdates(new PendingUpdates(UpdateFailed));
            if (!updates.TryReplace(session, before, after, key, update)) continue;

            changed = true;
            if (TryMarkDirty(ref session)) return session;
            tried = after.Version;
        }

        return session;
    }

    // Its message may show what the session holds.
    private void UpdateFailed(Exception failure) => Log.UpdateNotRepeated(_logger, failure.GetType().Name);
}
