namespace HybridSession.Expiration;

/// <summary>
/// The engine's clock: milliseconds since it was made, on the machine's monotonic clock. Wall-clock changes do not move it.
/// </summary>
internal sealed class SessionClock(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();
    private readonly double _millisecondsPerTick = 1000.0 / time.TimestampFrequency;

    public TimeProvider Time { get; } = time;

    public long NowMs => (long)((Time.GetTimestamp() - _start) * _millisecondsPerTick);
}
