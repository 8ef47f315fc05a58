namespace HybridSession;

/// <summary>How requests of one session wait for each other at endpoints that take them in turn.</summary>
public sealed class ExclusiveOptions
{
    /// <summary>The most requests of one session that wait for their turn on one node. One more is answered with 429 and <c>Retry-After</c>.</summary>
    /// <value>Default 16. Between 0 and 10,000; at 0 nobody waits.</value>
    public int MaxWaiting { get; set; } = 16;

    /// <summary>The longest that a request waits for its turn, other nodes included. It is answered with 409 and <c>Retry-After</c> then.</summary>
    /// <value>Default 10 seconds. Between 100 milliseconds and 10 minutes.</value>
    public TimeSpan MaxWait { get; set; } = TimeSpan.FromSeconds(10);
}
