namespace HybridSession.Middleware;

/// <summary>How sessions of ASP.NET Core's own session middleware are taken over.</summary>
public sealed class StockImportOptions
{
    /// <summary>The name of the stock session's cookie. Default: <c>.AspNetCore.Session</c>.</summary>
    public string CookieName { get; set; } = ".AspNetCore.Session";

    /// <summary>The path that the stock cookie was set with; needed to delete it. Default: <c>/</c>.</summary>
    public string CookiePath { get; set; } = "/";

    /// <summary>The domain that the stock cookie was set with; needed to delete it. Default: null, for none.</summary>
    public string? CookieDomain { get; set; }

    /// <summary>
    /// Lets the original expire in the distributed cache 5 minutes after its client was given the new session. False keeps it for as long as the stock middleware would.
    /// The original of a session that the importing request abandons is removed in any case. Default: true.
    /// </summary>
    public bool RemoveOriginal { get; set; } = true;

    /// <summary>The time from which nothing is taken over any more; the log then says that the call can go. Default: null, for no end.</summary>
    public DateTimeOffset? Until { get; set; }
}
