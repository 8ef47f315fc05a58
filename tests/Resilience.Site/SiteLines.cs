namespace HybridSession.Resilience.Site;

/// <summary>How the lines begin by which a site in another process speaks to the tests.</summary>
public static class SiteLines
{
    /// <summary>Followed by the address.</summary>
    public const string Listening = "site listens: ";

    /// <summary>Followed by <see cref="SiteStats"/> as JSON.</summary>
    public const string Ended = "site ended: ";
}
