namespace HybridSession.Resilience.Faults;

/// <summary>The system's clock, which can be set forward: hours pass in a moment. Timers run as always.</summary>
internal sealed class JumpingClock : TimeProvider
{
    private long _aheadTicks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public void Jump(TimeSpan ahead) => Interlocked.Add(ref _aheadTicks, ahead.Ticks);

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _aheadTicks));

    public override long GetTimestamp() => System.GetElapsedTime(0).Ticks + Interlocked.Read(ref _aheadTicks);
}
