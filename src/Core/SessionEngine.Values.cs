using HybridSession.Hot;

namespace HybridSession;

// What is taken out, and what lives with a session in memory only.
internal sealed partial class SessionEngine
{
    /// <summary>
    /// Takes a value out. Of all who ask for it at the same time on this node, one gets it. Where another request ends the session or replaces its token at that moment,
    /// nobody may.
    /// </summary>
    /// <param name="session">The session.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">A copy; null when there is none.</param>
    public LiveSession Pop(LiveSession session, ReadOnlySpan<byte> key, out byte[]? value)
    {
        value = null;
        long tried = 0;
        while (!session.IsEnded)
        {
            var before = session.Payload;
            if (!before.TryGet(key, out var found)) return session;
            var after = before.Remove(key, NextVersion(session, before, tried), Node);
            if (!session.TryReplace(before, after)) continue;

            if (TryMarkDirty(ref session))
            {
                // Who replaces the token ends this object and then reads what goes along: only before the end it is certain that the value does not.
                if (!session.IsEnded) value = found.ToArray();
                return session;
            }

            tried = after.Version;
        }

        return session;
    }

    /// <summary>What lives with the session in the memory of this node.</summary>
    public TransientValues TransientOf(LiveSession session) => session.Transient ?? session.Add(new TransientValues(Options.MaxTransientKeys));
}
