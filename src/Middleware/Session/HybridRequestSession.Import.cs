namespace HybridSession.Middleware;

/// <content>A session taken over from the stock middleware: the old one ends only when the client is told of the new one, or signs out.</content>
internal sealed partial class HybridRequestSession
{
    // Signing out makes another origin of it.
    private bool MayBeImported => _origin is SessionOrigin.Imported or SessionOrigin.Removed;

    /// <summary>This request's session is stored already, but its client knows nothing of it yet.</summary>
    public void BeginImported(StockImport import)
    {
        _writesToken = true;
        // Among the features rather than in a field: few requests import.
        _context.Features.Set(import);
    }

    private Task FinishImportAsync() =>
        _context.Features.Get<StockImport>() is { } import ? import.FinishAsync(_context, isAbandoned: _origin == SessionOrigin.Removed) : Task.CompletedTask;

    private void ImportWasDelivered()
    {
        if (_context.Features.Get<StockImport>() is { } import) import.IsDelivered = true;
    }
}
