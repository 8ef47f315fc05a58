namespace HybridSession.Resilience;

/// <summary>The pauses between attempts of one who tries again and again: they grow to a limit, and are drawn at random, since others wait for the same. Pure; not thread-safe.</summary>
/// <param name="shortest">No pause is shorter.</param>
/// <param name="longest">No pause is longer.</param>
/// <param name="random">Draws from 0 to 1.</param>
internal class GrowingPause(TimeSpan shortest, TimeSpan longest, Func<double> random)
{
    private TimeSpan _most = shortest * 2;

    /// <summary>The next pause.</summary>
    public TimeSpan Next()
    {
        var pause = shortest + ((_most - shortest) * random());
        _most = _most * 2 < longest ? _most * 2 : longest;
        return pause;
    }

    /// <summary>An attempt succeeded: the next pause is the first one.</summary>
    public void Reset() => _most = shortest * 2;
}
