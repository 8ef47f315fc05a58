using HybridSession.Hot;
using Microsoft.AspNetCore.Http;

namespace HybridSession.Middleware;

/// <summary>A session that this request took over; its client does not know yet.</summary>
/// <param name="importer">Ends the original.</param>
/// <param name="key">The original's key in the distributed cache. Secret.</param>
/// <param name="stored">The original.</param>
/// <param name="session">The copy, stored.</param>
internal sealed class StockImport(StockSessionImporter importer, string key, byte[] stored, LiveSession session)
{
    private bool _isFinished;

    /// <summary>The copy.</summary>
    public LiveSession Session { get; } = session;

    /// <summary>The response carries the token of the copy.</summary>
    public bool IsDelivered { get; set; }

    /// <summary>Ends the original, once, when the client has a new session or wants none.</summary>
    public Task FinishAsync(HttpContext context, bool isAbandoned)
    {
        if (_isFinished) return Task.CompletedTask;
        _isFinished = true;
        return isAbandoned || IsDelivered ? importer.FinishAsync(context, key, stored, IsDelivered, isAbandoned) : Task.CompletedTask;
    }
}
