using System.Runtime.CompilerServices;
using HybridSession.Hot;

namespace HybridSession.Middleware;

/// <summary>
/// Decides when a persistent cookie is sent again. Not on every response: one that carries the cookie must not be cached, so a page with pictures would lose the
/// browser's cache. A tenth of <c>MaxAge</c> is exact enough, and forgetting when it was last sent (another node, an eviction) only sends it once more.
/// </summary>
internal sealed class CookieRenewal(TimeSpan? maxAge, TimeProvider time)
{
    private const int StepsPerLife = 10;

    private readonly ConditionalWeakTable<LiveSession, StrongBox<long>> _sentAt = [];

    /// <summary>How long the session's cookie outlives the browser; null for not at all.</summary>
    public TimeSpan? MaxAgeOf(LiveSession session) => session.Terms.CookieMaxAgeMs is { } own ? TimeSpan.FromMilliseconds(own) : maxAge;

    public bool IsDue(LiveSession session) =>
        MaxAgeOf(session) is { } life && (!_sentAt.TryGetValue(session, out var sentAt) || time.GetElapsedTime(Volatile.Read(ref sentAt.Value)) >= life / StepsPerLife);

    public void Sent(LiveSession session)
    {
        if (MaxAgeOf(session) is null) return;
        Volatile.Write(ref _sentAt.GetValue(session, static _ => new StrongBox<long>()).Value, time.GetTimestamp());
    }
}
