using HybridSession;
using HybridSession.Configuration;
using HybridSession.Middleware;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds encryption at rest.</summary>
public static class HybridSessionEncryptionExtensions
{
    /// <summary>
    /// Encrypts sessions on their way into the store, with keys of ASP.NET Core Data Protection, and binds each to its row and version. Rows from before are still read. The keys must
    /// outlive the process and be the same on all nodes: <c>services.AddDataProtection().PersistKeysTo...(...).SetApplicationName("shop")</c>. The configuration may switch it off
    /// (<c>Encryption:Enabled</c>): then plain rows are written, and encrypted ones still read.
    /// </summary>
    /// <param name="builder">What <c>AddHybridSession</c> returned.</param>
    /// <param name="configure">Changes the settings; wins over the configuration.</param>
    public static IHybridSessionBuilder UsePayloadEncryption(this IHybridSessionBuilder builder, Action<EncryptionOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddLogging().AddDataProtection();
        builder.Services.Configure<HybridSessionOptions>(options =>
        {
            if (builder.Configuration?["Encryption:Enabled"] is null) options.Encryption.Enabled = true;
            configure?.Invoke(options.Encryption);
        });
        if (builder.Services.All(static service => service.ServiceType != typeof(EncryptionMarker))) builder.Services.AddSingleton<EncryptionMarker>().AddSingleton(Stage);
        return builder;
    }

    /// <summary>Encrypts when the settings say so, and reads what is encrypted in any case.</summary>
    private static BackingStoreStage Stage { get; } = new(static (services, inner) => new EncryptingBackingStore(
        inner,
        new EncryptedForm(services.GetRequiredService<IDataProtectionProvider>()),
        services.GetRequiredService<IOptions<HybridSessionOptions>>().Value.Encryption,
        new EncryptionReports(services.GetRequiredService<ILogger<EncryptingBackingStore>>(), services.GetRequiredService<TimeProvider>())))
    {
        Place = StagePlace.Encryption,
    };
}
