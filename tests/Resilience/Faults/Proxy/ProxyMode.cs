namespace HybridSession.Resilience.Faults.Proxy;

/// <summary>What the network between the site and its database is like. One at a time.</summary>
internal abstract record ProxyMode
{
    /// <summary>A good network.</summary>
    public static ProxyMode Pass { get; } = new Passing();

    public sealed record Passing : ProxyMode;

    /// <summary>Every answer comes so much later, half of it lost on each way.</summary>
    /// <param name="RoundTrip">Added to each round trip.</param>
    /// <param name="Jitter">By how much of itself the delay varies to both sides; 0 to 1.</param>
    public sealed record Latency(TimeSpan RoundTrip, double Jitter) : ProxyMode;

    /// <summary>Nothing passes and nobody is told; when it ends, what was sent meanwhile arrives, as TCP repeats it.</summary>
    public sealed record BlackHole : ProxyMode;

    /// <summary>The connections of this moment never carry anything again, and nobody is told until the end; new ones work.</summary>
    public sealed record HalfOpen : ProxyMode;

    /// <summary>A line that carries little, in each direction of each connection.</summary>
    public sealed record Trickle(int BytesPerSecond) : ProxyMode;

    /// <summary>Nobody listens; connections that exist go on.</summary>
    public sealed record Refuse : ProxyMode;

    /// <summary>Connections turn to noise, from the server to the client, at a chance for each piece that arrives.</summary>
    public sealed record Garble(double Chance) : ProxyMode;
}
