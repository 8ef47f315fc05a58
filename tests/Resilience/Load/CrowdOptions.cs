namespace HybridSession.Resilience.Load;

/// <summary>Who comes to the site and what they do.</summary>
internal sealed record CrowdOptions
{
    /// <summary>Sessions with one client each.</summary>
    public int Alone { get; init; } = 8;

    /// <summary>Sessions with three clients each, who work at the same time.</summary>
    public int Shared { get; init; } = 2;

    /// <summary>Sessions with one client each, who sets one value at the beginning and only reads from then on.</summary>
    public int Readers { get; init; }

    /// <summary>Requests a second, all clients together; null: each client sends the next request when it has the last answer.</summary>
    public double? Rate { get; init; } = 300;

    /// <summary>The share of reads.</summary>
    public double Reads { get; init; } = 0.3;

    /// <summary>The share of requests that end a session or replace its token, of clients that are alone in theirs.</summary>
    public double Endings { get; init; } = 0.01;

    /// <summary>Sessions that each client which is alone has in reserve, stored before the fault.</summary>
    public int Spares { get; init; } = 2;

    /// <summary>
    /// The share of requests after which such a client leaves its session for good and goes on in one of its reserve: nobody comes after it whose
    /// change would make up for its last one.
    /// </summary>
    public double Leaves { get; init; } = 0.05;

    /// <summary>The share of sets that ask for a commit by themselves.</summary>
    public double Commits { get; init; }

    /// <summary>Bytes by which each set of a client is larger than the one before, up to <see cref="Largest"/>.</summary>
    public int Growth { get; init; }

    /// <summary>The most bytes that a set carries beyond its number.</summary>
    public int Largest { get; init; } = 200_000;

    /// <summary>How long the handler of each set blocks a thread of the pool.</summary>
    public TimeSpan Blocking { get; init; }

    /// <summary>Makes what the clients choose another sequence.</summary>
    public int Seed { get; init; }

    /// <summary>When a client stops waiting for an answer.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What a client waits after a request that failed, so that a refusing site is not asked in a tight loop.</summary>
    public TimeSpan PauseAfterFailure { get; init; } = TimeSpan.FromMilliseconds(50);
}
