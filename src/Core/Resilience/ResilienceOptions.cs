namespace HybridSession;

/// <summary>Time-outs, retries, limits and the circuit breaker around the calls to the backing store.</summary>
public sealed class ResilienceOptions
{
    /// <summary>Reading sessions that are not in memory: a request waits.</summary>
    public LoadResilienceOptions Loads { get; } = new();

    /// <summary>Writing changed sessions, moved expiries, removals and replaced tokens. An attempt to flush that timed out is not repeated but divided.</summary>
    public CallResilienceOptions Flushes { get; } = new(TimeSpan.FromSeconds(3), maxRetries: 2);

    /// <summary>Pruning expired sessions.</summary>
    public CallResilienceOptions Maintenance { get; } = new(TimeSpan.FromMinutes(1), maxRetries: 0);

    /// <summary>The share of failed attempts that opens the circuit. All calls share one circuit.</summary>
    /// <value>Default 0.5. Above 0, at most 1.</value>
    public double FailureRatio { get; set; } = 0.5;

    /// <summary>The fewest attempts within <see cref="SamplingDuration"/> that are judged.</summary>
    /// <value>Default 4. At least 2.</value>
    public int MinimumThroughput { get; set; } = 4;

    /// <summary>The time over which attempts are judged.</summary>
    /// <value>Default 5 seconds. Between 1 second and 10 minutes.</value>
    public TimeSpan SamplingDuration { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>While the circuit is open every call is refused at once, and the store is pinged at this pace; the first answer closes the circuit.</summary>
    /// <value>Default 1 second. Between 500 milliseconds and 10 minutes.</value>
    public TimeSpan BreakDuration { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long the store may have been silent before it is pinged although nothing is amiss, so that an idle node knows, too.</summary>
    /// <value>Default 15 seconds. Between 1 second and 1 day.</value>
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(15);
}
