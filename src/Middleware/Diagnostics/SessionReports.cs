using HybridSession.Diagnostics;
using Microsoft.Extensions.Logging;

namespace HybridSession.Middleware;

/// <summary>
/// The reports that requests give rise to at their own rate: in an outage, or under a scanner, one line each would be a flood. The first of its kind is written
/// at once, with its exception; later ones are counted, and written with their number when the pause is over. Thread-safe.
/// </summary>
internal sealed class SessionReports(ILogger logger, TimeProvider time)
{
    private readonly Throttle _malformed = new(TimeSpan.FromMinutes(1), time);
    private readonly Throttle _loads = new(TimeSpan.FromSeconds(10), time);
    private readonly Throttle _births = new(TimeSpan.FromSeconds(10), time);
    private readonly Throttle _commits = new(TimeSpan.FromSeconds(10), time);

    public void MalformedToken()
    {
        if (_malformed.TryPass(out var count)) logger.MalformedToken(count);
    }

    public void LoadFailed(UnavailableBehavior behavior, Exception exception)
    {
        if (_loads.TryPass(out var count)) logger.LoadFailed(count, behavior, exception);
    }

    public void BirthFailed(UnavailableBehavior behavior, Exception exception)
    {
        if (_births.TryPass(out var count)) logger.BirthFailed(count, behavior, exception);
    }

    public void CommitFailed(Durability durability, Exception exception)
    {
        if (_commits.TryPass(out var count)) logger.CommitFailed(count, durability, exception);
    }
}
