using HybridSession.Resilience;

namespace HybridSession.Postgres.Peers;

/// <summary>How long a node waits before it connects again. All nodes lose a server that restarts at the same moment.</summary>
/// <param name="random">Draws from 0 to 1.</param>
internal sealed class RejoinDelay(Func<double> random) : GrowingPause(Shortest, Longest, random)
{
    public static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(50);
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);
}
