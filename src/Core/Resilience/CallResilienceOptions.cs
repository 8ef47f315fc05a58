namespace HybridSession;

/// <summary>Time-out and repetitions of one kind of call to the backing store.</summary>
public class CallResilienceOptions
{
    internal CallResilienceOptions(TimeSpan attemptTimeout, int maxRetries) => (AttemptTimeout, MaxRetries) = (attemptTimeout, maxRetries);

    /// <summary>The longest single attempt.</summary>
    /// <value>Default 2 seconds for loads, 3 seconds for flushes, 1 minute for maintenance. Between 10 milliseconds and 10 minutes.</value>
    public TimeSpan AttemptTimeout { get; set; }

    /// <summary>How often a call is repeated after a transient failure before its caller hears of it.</summary>
    /// <value>Default 1 for loads, 2 for flushes, 0 for maintenance. Between 0 and 10.</value>
    public int MaxRetries { get; set; }

    /// <summary>The median pause before the first repetition; later ones grow exponentially, all with decorrelated jitter.</summary>
    /// <value>Default 50 milliseconds. Between 1 millisecond and 10 seconds.</value>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(50);
}
