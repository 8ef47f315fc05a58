using Microsoft.Extensions.Logging;

namespace HybridSession.Middleware;

/// <summary>Says once that sign-ins meet no session.</summary>
internal sealed class MissingSessionNotice(ILogger<MissingSessionNotice> logger)
{
    private bool _isTold;

    public void Tell()
    {
        if (!Interlocked.Exchange(ref _isTold, true)) logger.SignInWithoutSession();
    }
}
