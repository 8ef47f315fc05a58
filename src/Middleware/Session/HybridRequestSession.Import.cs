namespace HybridSession.Middleware;

/// <content>A session taken over from the stock middleware: the old one ends only when the client is told of the new one, or signs out.</content>
internal sealed partial class HybridRequestSession
{
    private bool _isImported;
    private bool _isDelivered;

    /// <summary>This request's session is stored already, but its client knows nothing of it yet.</summary>
    public void BeginImported(StockImport import)
    {
        (_isImported, _writesToken) = (true, true);
        // Among the features rather than in a field: few requests import.
        _context.Features.Set(import);
    }

    private Task FinishImportAsync()
    {
        _isImported = false;
        if (_context.Features.Get<StockImport>() is not { } import) return Task.CompletedTask;
        var isAbandoned = _origin == SessionOrigin.Removed;
        return isAbandoned || _isDelivered ? import.Importer.FinishAsync(_context, import.Key, import.Stored, _isDelivered, isAbandoned) : Task.CompletedTask;
    }
}
