namespace HybridSession;

/// <summary>Time-out, repetitions and limits of the loads that requests wait for.</summary>
public sealed class LoadResilienceOptions : CallResilienceOptions
{
    internal LoadResilienceOptions() : base(TimeSpan.FromSeconds(2), maxRetries: 1)
    {
    }

    /// <summary>How many reads, each for many sessions, may be under way at the same time.</summary>
    /// <value>Default 2. Between 1 and 4.</value>
    public int MaxConcurrent { get; set; } = 2;

    /// <summary>How many requests may wait for the load of their session. One more is not kept waiting: its session is unavailable at once.</summary>
    /// <value>Default 10,000. Between 1 and 1,000,000.</value>
    public int MaxWaiting { get; set; } = 10_000;
}
