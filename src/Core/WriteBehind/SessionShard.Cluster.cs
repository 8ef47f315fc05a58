using HybridSession.Hot;

namespace HybridSession.WriteBehind;

// What other nodes ask for.
internal sealed partial class SessionShard
{
    /// <summary>Stores what waits of a session, as soon as a flush can take it. Null when nothing waits here, or nothing of it can be stored.</summary>
    public Task? FlushNow(UInt128 publicId)
    {
        LiveSession? session;
        lock (_lock) session = _dirty.Find(publicId);
        // A birth is its own request's alone: nobody else knows of it yet.
        return session is { IsStored: true } ? WaitUntilStored(session) : null;
    }

    /// <summary>Completes when every session is stored that waits now.</summary>
    public Task FlushAll()
    {
        LiveSession[] sessions;
        lock (_lock) sessions = [.. _dirty.Pinned.Where(static session => session.IsStored)];
        return Task.WhenAll(sessions.Select(WaitUntilStored));
    }
}
