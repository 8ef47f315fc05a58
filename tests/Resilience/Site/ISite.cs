namespace HybridSession.Resilience.Site;

/// <summary>A site under test, in this process or in one of its own.</summary>
internal interface ISite : IAsyncDisposable
{
    Uri Address { get; }

    /// <summary>What it has logged so far, a line an event, the event's name in it.</summary>
    IReadOnlyList<string> Log { get; }

    /// <summary>What its meter says now.</summary>
    Task<SiteStats> StatsAsync();

    /// <summary>Stops it as a deployment does, and waits for its end.</summary>
    Task<SiteEnd> StopGracefullyAsync();
}

/// <summary>How a graceful stop went.</summary>
/// <param name="ExitCode">0 for a site in this process.</param>
/// <param name="Took">From the signal to the end.</param>
/// <param name="Stats">What the meter said at the very end.</param>
internal sealed record SiteEnd(int ExitCode, TimeSpan Took, SiteStats Stats);
