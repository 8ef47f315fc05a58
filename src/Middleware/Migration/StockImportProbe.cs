using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection;

namespace HybridSession.Middleware;

/// <summary>Whether stock sessions can be taken over at all.</summary>
internal sealed class StockImportProbe(IServiceProvider services) : IStartupProbe
{
    public ValueTask<IReadOnlyList<ProbeFinding>> ExamineAsync(CancellationToken cancellationToken) => new([Find(services.GetService<IDistributedCache>() is not null)]);

    private static ProbeFinding Find(bool hasCache) => hasCache
        ? ProbeFinding.Good("import", "Sessions of the stock middleware are taken over; Data Protection must have the keys and the application name that their cookies were written with.")
        : ProbeFinding.Warning("import", "No stock session is taken over: no IDistributedCache is registered.", "Register the one that the stock sessions are in, such as AddStackExchangeRedisCache.");
}
