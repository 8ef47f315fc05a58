using System.Text;
using HybridSession.Diagnostics;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HybridSession.Middleware;

/// <summary>
/// Copies sessions of the stock middleware. Each request that still brings the old cookie makes a copy of its own, and the last one whose cookie arrives counts;
/// so the original is not removed at once, but marked and left for <see cref="Grace"/>. A marked one is copied, but its end is not put off again.
/// </summary>
internal sealed class StockSessionImporter(
    SessionEngine engine, IOptions<HybridSessionOptions> settings, IOptions<StockImportOptions> importing, IDataProtectionProvider protection, TimeProvider time,
    ILogger<StockSessionImporter> logger, IDistributedCache? cache = null)
{
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(5);

    private readonly StockImportOptions _options = importing.Value;
    private readonly StockCookie _cookie = new(protection, importing.Value);
    private readonly Throttle _refused = new(TimeSpan.FromMinutes(1), time);
    private readonly Throttle _notEnded = new(TimeSpan.FromMinutes(1), time);
    private int _saidOver;

    /// <summary>The key of the stock session that the request brings; null for none.</summary>
    public string? FindKey(HttpRequest request)
    {
        if (cache is null) return null;
        if (_options.Until is not { } until || time.GetUtcNow() < until) return _cookie.Read(request);
        if (Interlocked.Exchange(ref _saidOver, 1) == 0) logger.StockImportOver(until);
        return null;
    }

    /// <summary>Stores a copy of a stock session; null when there is none, or none that can be read.</summary>
    /// <exception cref="OperationCanceledException">Not answered within <see cref="SessionEngineOptions.IOTimeout"/>. Any other exception of the cache or the store passes too.</exception>
    public async Task<StockImport?> ImportAsync(string key)
    {
        var stored = await WithinIOTimeout(cancellation => cache!.GetAsync(key, cancellation)).ConfigureAwait(false);
        if (stored is null) return null;
        if (!StockPayload.TryParse(stored, settings.Value.MaxPayloadBytes, settings.Value.MaxKeys, out var entries))
        {
            if (_refused.TryPass(out var count)) logger.StockSessionRefused(count);
            return null;
        }

        var session = engine.Create();
        foreach (var (name, value) in entries) session = engine.Set(session, Encoding.UTF8.GetBytes(name), value, out _);
        await engine.BirthAsync(session, CancellationToken.None).ConfigureAwait(false);
        return new StockImport(this, key, stored, session);
    }

    /// <summary>The client is told of its new session with this response, or of its end: the stock one ends.</summary>
    public async Task FinishAsync(HttpContext context, string key, byte[] stored, bool isDelivered, bool isAbandoned)
    {
        // Where the new cookie has the name of the old one it has taken its place.
        if (!isDelivered || settings.Value.Cookie.Name != _options.CookieName) _cookie.Delete(context);
        try
        {
            if (isAbandoned) await WithinIOTimeout(cancellation => Done(cache!.RemoveAsync(key, cancellation))).ConfigureAwait(false);
            else if (_options.RemoveOriginal && !StockPayload.IsReplaced(stored)) await WithinIOTimeout(cancellation => Done(MarkAsync(key, stored, cancellation))).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            if (_notEnded.TryPass(out var count)) logger.StockSessionNotEnded(count, failure);
        }
    }

    private Task MarkAsync(string key, byte[] stored, CancellationToken cancellation) =>
        cache!.SetAsync(key, StockPayload.MarkReplaced(stored), new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = Grace }, cancellation);

    private static async Task<bool> Done(Task work)
    {
        await work.ConfigureAwait(false);
        return true;
    }

    // Waits no longer also for a cache that does not heed the cancellation.
    private async Task<T> WithinIOTimeout<T>(Func<CancellationToken, Task<T>> call)
    {
        using var limit = new CancellationTokenSource(settings.Value.IOTimeout, time);
        return await call(limit.Token).WaitAsync(limit.Token).ConfigureAwait(false);
    }
}
