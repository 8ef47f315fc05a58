using HybridSession.Hot;

namespace HybridSession;

/// <summary>What becomes of a value. Pure: for one change it may be asked several times.</summary>
/// <param name="current">Empty when there is none.</param>
/// <returns>The value from now on, not changed any more; null for none.</returns>
internal delegate byte[]? ValueChange(ReadOnlySpan<byte> current);

// Read and change in one step, and what lives with a session in memory only.
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

    /// <summary>Puts another value in the place of one, as a function of it. Of what several do at the same time on this node, nothing is lost.</summary>
    /// <inheritdoc cref="Set" path="/exception"/>
    public LiveSession Rewrite(LiveSession session, ReadOnlySpan<byte> key, ValueChange change, out bool changed)
    {
        changed = false;
        long tried = 0;
        while (!session.IsEnded)
        {
            var before = session.Payload;
            var next = change(before.TryGet(key, out var current) ? current : default);
            var version = NextVersion(session, before, tried);
            var after = next is null ? before.Remove(key, version, Node) : before.Set(key, next, version, Node);
            if (ReferenceEquals(after.Bytes, before.Bytes)) return session;
            if (next is not null) CheckLimits(session, before, after);
            if (!session.TryReplace(before, after)) continue;

            changed = true;
            if (TryMarkDirty(ref session)) return session;
            tried = after.Version;
        }

        return session;
    }

    /// <summary>What lives with the session in the memory of this node.</summary>
    public TransientValues TransientOf(LiveSession session) => session.Transient ?? session.Add(new TransientValues(Options.MaxTransientKeys));
}
