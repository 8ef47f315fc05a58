namespace HybridSession.Resilience.Site;

/// <summary>What the meter of the product says about the site.</summary>
public sealed record SiteStats
{
    /// <summary>Sessions that the store has not confirmed.</summary>
    public long DirtySessions { get; init; }

    /// <summary>Their memory.</summary>
    public long DirtyBytes { get; init; }

    /// <summary>Age of the oldest change that is not stored, in seconds.</summary>
    public double OldestAge { get; init; }

    /// <summary>Sessions in the hot set.</summary>
    public long HotSessions { get; init; }

    /// <summary>Flushes that failed.</summary>
    public long FlushFailures { get; init; }

    /// <summary>Flushes that succeeded.</summary>
    public long Flushes { get; init; }

    /// <summary>Acknowledged changes reported as lost, by reason.</summary>
    public IReadOnlyDictionary<string, long> Lost { get; init; } = new Dictionary<string, long>();

    /// <summary>The same, all reasons together.</summary>
    public long LostTotal => Lost.Values.Sum();
}
