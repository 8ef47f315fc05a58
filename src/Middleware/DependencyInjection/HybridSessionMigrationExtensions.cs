using HybridSession;
using HybridSession.Middleware;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the switch from ASP.NET Core's own sessions.</summary>
public static class HybridSessionMigrationExtensions
{
    /// <summary>
    /// Takes over the session of a client that brings the cookie of the stock session middleware and no session of ours. Needs the <c>IDistributedCache</c> and the
    /// Data Protection keys of the stock site. Call it for some weeks after the switch.
    /// </summary>
    /// <param name="builder">What <c>AddHybridSession</c> returned.</param>
    /// <param name="configure">Changes the settings.</param>
    public static IHybridSessionBuilder ImportStockSessions(this IHybridSessionBuilder builder, Action<StockImportOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddDataProtection();
        var options = builder.Services.AddOptions<StockImportOptions>()
            .Validate(static o => !string.IsNullOrWhiteSpace(o.CookieName), "ImportStockSessions: CookieName must not be empty.")
            .ValidateOnStart();
        if (configure is not null) options.Configure(configure);
        builder.Services.TryAddSingleton<StockSessionImporter>();
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IStartupProbe, StockImportProbe>());
        return builder;
    }
}
