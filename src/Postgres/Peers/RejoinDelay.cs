namespace HybridSession.Postgres.Peers;

/// <summary>How long a node waits before it connects again. Grows while the attempts fail, and is drawn at random: all nodes lose a server that restarts at the same moment. Pure.</summary>
/// <param name="random">Draws from 0 to 1.</param>
internal sealed class RejoinDelay(Func<double> random)
{
    public static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(50);
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    private TimeSpan _most = Shortest * 2;

    /// <summary>The next pause.</summary>
    public TimeSpan Next()
    {
        var delay = Shortest + ((_most - Shortest) * random());
        _most = _most * 2 < Longest ? _most * 2 : Longest;
        return delay;
    }

    /// <summary>A connection lasted: the next failure is the first one.</summary>
    public void Reset() => _most = Shortest * 2;
}
