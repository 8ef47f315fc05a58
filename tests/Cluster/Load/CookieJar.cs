using HybridSession.Resilience.Load;

namespace HybridSession.Cluster.Load;

/// <summary>
/// The session cookie of one browser, which may have several requests under way: what left the site last is sent next. Two answers of two nodes may overtake each other on
/// their way, in a busy process by many milliseconds; what no site can help is not counted against it.
/// </summary>
internal sealed class CookieJar(int id)
{
    private const char StampSeparator = '.';

    private readonly Lock _lock = new();
    private volatile string? _cookie;
    private long _left;

    /// <summary>Which browser, from 1.</summary>
    public int Id { get; } = id;

    /// <summary>Null: there is none.</summary>
    public string? Cookie => _cookie;

    /// <summary>The cookie without its stamp.</summary>
    public string? Token => _cookie?.Split(StampSeparator)[0];

    /// <summary>A response has arrived.</summary>
    public void Take(in Answer answer)
    {
        if (answer is { Token: null, Forgets: false }) return;
        lock (_lock)
        {
            if (answer.Left < _left) return;
            _left = answer.Left;
            _cookie = answer.Token;
        }
    }
}
