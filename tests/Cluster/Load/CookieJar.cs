using HybridSession.Resilience.Load;

namespace HybridSession.Cluster.Load;

/// <summary>The session cookie of one browser, which may have several requests under way: what came last is sent next.</summary>
internal sealed class CookieJar(int id)
{
    private const char StampSeparator = '.';

    private volatile string? _cookie;

    /// <summary>Which browser, from 1.</summary>
    public int Id { get; } = id;

    /// <summary>Null: there is none.</summary>
    public string? Cookie => _cookie;

    /// <summary>The cookie without its stamp.</summary>
    public string? Token => _cookie?.Split(StampSeparator)[0];

    /// <summary>A response has arrived.</summary>
    public void Take(in Answer answer)
    {
        if (answer.Token is { } cookie) _cookie = cookie;
        else if (answer.Forgets) _cookie = null;
    }
}
