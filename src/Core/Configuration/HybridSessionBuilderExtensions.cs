using HybridSession;
using HybridSession.Configuration;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>What can be added to HybridSession whatever its store.</summary>
public static class HybridSessionBuilderExtensions
{
    /// <summary>Keeps sessions in this process only: for tests, for development, and where a restart may log everyone out.</summary>
    /// <param name="builder">What <c>AddHybridSession</c> returned.</param>
    public static IHybridSessionBuilder UseInMemoryStore(this IHybridSessionBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton(BackingStoreSelector.Memory);
        return builder;
    }

    /// <summary>
    /// Compresses large sessions (from 1 KiB on, by default) on their way into the store; in memory they stay as they are. Rows of either kind are read,
    /// so it may be switched on and off at any time; the configuration may switch it off (<c>Compression:Enabled</c>).
    /// </summary>
    /// <param name="builder">What <c>AddHybridSession</c> returned.</param>
    /// <param name="configure">Changes the settings; wins over the configuration.</param>
    public static IHybridSessionBuilder UsePayloadCompression(this IHybridSessionBuilder builder, Action<CompressionOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.Configure<SessionEngineOptions>(options =>
        {
            if (builder.Configuration?["Compression:Enabled"] is null) options.Compression.Enabled = true;
            configure?.Invoke(options.Compression);
        });
        return builder;
    }

    /// <summary>Adds a stage around the backing store, as <c>AddHttpMessageHandler</c> adds one around an HTTP handler. The stage added last is the outermost; encryption and compression are further inside than all of them.</summary>
    /// <param name="builder">What <c>AddHybridSession</c> returned.</param>
    /// <param name="wrap">Makes the stage around the store it is given; usually a <see cref="DelegatingBackingStore"/>.</param>
    public static IHybridSessionBuilder Use(this IHybridSessionBuilder builder, Func<ISessionBackingStore, ISessionBackingStore> wrap)
    {
        ArgumentNullException.ThrowIfNull(wrap);
        return builder.Use((_, inner) => wrap(inner));
    }

    /// <summary>Adds a stage around the backing store that needs services of the application.</summary>
    /// <param name="builder">What <c>AddHybridSession</c> returned.</param>
    /// <param name="wrap">Makes the stage around the store it is given; usually a <see cref="DelegatingBackingStore"/>.</param>
    public static IHybridSessionBuilder Use(this IHybridSessionBuilder builder, Func<IServiceProvider, ISessionBackingStore, ISessionBackingStore> wrap)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(wrap);
        builder.Services.AddSingleton(new BackingStoreStage(wrap));
        return builder;
    }
}
