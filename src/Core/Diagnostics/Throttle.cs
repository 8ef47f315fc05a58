namespace HybridSession.Diagnostics;

/// <summary>Counts what may happen at any rate, and lets one through in a while with the number of all since the last. Thread-safe.</summary>
internal sealed class Throttle(TimeSpan pause, TimeProvider time)
{
    private readonly Lock _lock = new();
    private long _count;
    private long? _passedAt;

    /// <summary>True for the first, and then for one after each pause; <paramref name="count"/> includes it.</summary>
    public bool TryPass(out long count)
    {
        lock (_lock)
        {
            count = ++_count;
            if (_passedAt is { } last && time.GetElapsedTime(last) < pause) return false;
            (_count, _passedAt) = (0, time.GetTimestamp());
            return true;
        }
    }
}
