using HybridSession.Resilience;

namespace HybridSession.Consistency;

/// <summary>How long a request waits before it tries again for a lock that another node has. Nodes that wait for the same lock must not ask in step.</summary>
/// <param name="random">Draws from 0 to 1.</param>
internal sealed class LockPause(Func<double> random) : GrowingPause(Shortest, Longest, random)
{
    public static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(10);
    public static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(100);
}
