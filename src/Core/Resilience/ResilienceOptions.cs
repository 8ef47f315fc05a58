namespace HybridSession;

/// <summary>Time-outs, retries and circuit breaker around the calls to the backing store.</summary>
public sealed class ResilienceOptions
{
    /// <summary>The longest single attempt.</summary>
    /// <value>Default 3 seconds. Between 10 milliseconds and 5 minutes.</value>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How often a call is repeated after a transient failure before the caller hears of it.</summary>
    /// <value>Default 2. Between 0 and 10.</value>
    public int MaxRetries { get; set; } = 2;

    /// <summary>The pause before the first repetition; later ones double it, each with random jitter.</summary>
    /// <value>Default 50 milliseconds. Between 1 millisecond and 10 seconds.</value>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The share of failed calls that opens the circuit.</summary>
    /// <value>Default 0.5. Above 0, at most 1.</value>
    public double FailureRatio { get; set; } = 0.5;

    /// <summary>The fewest calls within <see cref="SamplingDuration"/> that are judged.</summary>
    /// <value>Default 4. At least 2.</value>
    public int MinimumThroughput { get; set; } = 4;

    /// <summary>The time over which calls are judged.</summary>
    /// <value>Default 10 seconds. Between 1 second and 10 minutes.</value>
    public TimeSpan SamplingDuration { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long an open circuit refuses calls at once before it tries one.</summary>
    /// <value>Default 1 second. Between 500 milliseconds and 10 minutes.</value>
    public TimeSpan BreakDuration { get; set; } = TimeSpan.FromSeconds(1);
}
