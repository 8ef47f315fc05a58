using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace HybridSession.Middleware;

/// <summary>Says, once, that a Secure cookie answers plain http: without a proxy that ends TLS the browser drops it, and every request gets a new session.</summary>
internal sealed class PlainSecureCookies(CookieSecurePolicy policy, ILogger logger)
{
    private int _isSaid;

    public void Look(HttpRequest request)
    {
        if (policy != CookieSecurePolicy.Always || request.IsHttps || Volatile.Read(ref _isSaid) != 0 || IsForwarded(request.Headers)) return;
        if (Interlocked.Exchange(ref _isSaid, 1) == 0) logger.SecureCookieOverHttp();
    }

    // Whether or not the application reads it: the client came by https.
    private static bool IsForwarded(IHeaderDictionary headers) =>
        headers["X-Forwarded-Proto"].ToString().Contains("https", StringComparison.OrdinalIgnoreCase)
        || headers["Forwarded"].ToString().Contains("proto=https", StringComparison.OrdinalIgnoreCase);
}
