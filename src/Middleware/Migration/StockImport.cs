using HybridSession.Hot;

namespace HybridSession.Middleware;

/// <summary>A session that this request took over; its client does not know yet.</summary>
/// <param name="Importer">Ends the original.</param>
/// <param name="Key">The original's key in the distributed cache. Secret.</param>
/// <param name="Stored">The original.</param>
/// <param name="Session">The copy, stored.</param>
internal sealed record StockImport(StockSessionImporter Importer, string Key, byte[] Stored, LiveSession Session);
