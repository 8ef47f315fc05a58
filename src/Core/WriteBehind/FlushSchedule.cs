namespace HybridSession.WriteBehind;

/// <summary>
/// Decides when the next flush starts, so that a change is stored within <see cref="SessionEngineOptions.MaxDirtyAge"/>. Pure: no clock, no I/O.
/// Used by one flusher; not thread-safe.
/// </summary>
internal sealed class FlushSchedule(TimeSpan maxDirtyAge, int maxBatchSize)
{
    private static readonly TimeSpan FirstBackoff = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MaxBackoff = TimeSpan.FromSeconds(1);

    // A flush may take longer than the last ones did: it starts early enough for twice their mean.
    private const double LatencyMargin = 2.0;
    private const double LatencySmoothing = 0.3;

    // However fast the store is, some of the promise is kept for the machine's own hiccups.
    private const double LeastReserve = 0.25;

    private double? _meanLatencyMs;
    private int _failures;
    private int _divisor = 1;

    /// <summary>Flushes that failed since the last one that did not.</summary>
    public int ConsecutiveFailures => _failures;

    /// <summary>How many sessions the next flush may carry: all that is allowed, or less after one that was not finished in time.</summary>
    public int BatchSize => Math.Max(1, maxBatchSize / _divisor);

    /// <summary>How long to wait before a flush starts.</summary>
    /// <param name="dirtyCount">Sessions that wait; above zero.</param>
    /// <param name="oldestAge">Age of the oldest of them.</param>
    /// <param name="isUrgent">Somebody waits for the outcome.</param>
    /// <param name="sinceFailure">Time since the last failed flush ended.</param>
    /// <param name="jitter">A random number between 0 and 1.</param>
    public TimeSpan DelayBeforeFlush(int dirtyCount, TimeSpan oldestAge, bool isUrgent, TimeSpan sinceFailure, double jitter)
    {
        if (_failures > 0) return Positive(Backoff(jitter) - sinceFailure);
        if (isUrgent || dirtyCount >= BatchSize) return TimeSpan.Zero;

        var reserve = Math.Max((_meanLatencyMs ?? 0) * LatencyMargin, maxDirtyAge.TotalMilliseconds * LeastReserve);
        return Positive(maxDirtyAge - TimeSpan.FromMilliseconds(reserve) - oldestAge);
    }

    public void Succeeded(TimeSpan latency)
    {
        _failures = 0;
        _divisor = Math.Max(1, _divisor / 2);
        var mean = _meanLatencyMs ?? latency.TotalMilliseconds;
        _meanLatencyMs = mean + ((latency.TotalMilliseconds - mean) * LatencySmoothing);
    }

    /// <param name="count">The sessions that the flush carried.</param>
    /// <param name="tooSlow">It was not finished in time: half as many may be.</param>
    public void Failed(int count, bool tooSlow)
    {
        _failures++;
        if (!tooSlow) return;
        // A batch that was smaller than allowed and too slow all the same: half of that one.
        while (_divisor < maxBatchSize && BatchSize > Math.Max(1, count / 2)) _divisor *= 2;
    }

    // Between half and all of a doubling span, so that nodes do not return in step.
    private TimeSpan Backoff(double jitter)
    {
        var span = FirstBackoff * Math.Pow(2, Math.Min(_failures - 1, 10));
        if (span > MaxBackoff) span = MaxBackoff;
        return span * (0.5 + (jitter / 2));
    }

    // Rounded up: a timer that is asked for a fraction of a millisecond does not wait at all, and the loop would spin until the clock has caught up.
    private static TimeSpan Positive(TimeSpan span) => span > TimeSpan.Zero ? TimeSpan.FromMilliseconds(Math.Ceiling(span.TotalMilliseconds)) : TimeSpan.Zero;
}
