using Microsoft.Extensions.Logging;

namespace HybridSession.Middleware;

/// <summary>Counts malformed tokens and reports them at most once a minute: anyone can send them, at any rate.</summary>
internal sealed class MalformedTokens(ILogger logger, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private long _count;
    private long? _reportedAt;

    public void Report()
    {
        long count;
        lock (_lock)
        {
            _count++;
            if (_reportedAt is { } last && time.GetElapsedTime(last) < Pause) return;
            (count, _count, _reportedAt) = (_count, 0, time.GetTimestamp());
        }
        logger.MalformedToken(count);
    }
}
