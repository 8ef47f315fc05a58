using HybridSession.Hot;

namespace HybridSession.Consistency;

/// <summary>What other nodes may make this one do. Nothing of it changes a session: anybody with access to the database may send messages.</summary>
/// <param name="FlushNow">Stores what there is of a session; completes when it is stored, at once when there is nothing.</param>
/// <param name="FlushAll">Stores everything that is acknowledged by now.</param>
/// <param name="ReadAgain">Reads a session's row again, and ends the session when there is none. Does not throw.</param>
/// <param name="Watches">Who wants to know of the end of a session.</param>
internal sealed record ClusterHost(Func<PeerItem, Task> FlushNow, Func<Task> FlushAll, Func<LiveSession, Task> ReadAgain, RemovalWatches Watches);
