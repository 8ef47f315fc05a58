namespace HybridSession.Consistency;

/// <summary>How long a request waits before it tries again for a lock that another node has. Grows, and is drawn at random: nodes that wait for the same lock must not ask in step. Pure.</summary>
/// <param name="random">Draws from 0 to 1.</param>
internal sealed class LockPause(Func<double> random)
{
    public static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(10);
    public static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(100);

    private TimeSpan _most = Shortest * 2;

    /// <summary>The next pause.</summary>
    public TimeSpan Next()
    {
        var pause = Shortest + ((_most - Shortest) * random());
        _most = _most * 2 < Longest ? _most * 2 : Longest;
        return pause;
    }
}
