using HybridSession;
using HybridSession.Configuration;
using HybridSession.Middleware;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds HybridSession to an application's services.</summary>
public static class HybridSessionServiceCollectionExtensions
{
    /// <summary>Adds the session engine. Choose a store on the result, and put <c>app.UseHybridSession()</c> where <c>app.UseSession()</c> would be.</summary>
    /// <param name="services">The application's services.</param>
    public static IHybridSessionBuilder AddHybridSession(this IServiceCollection services) => Add(services, null, null);

    /// <summary>Adds the session engine with settings from code.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Changes the settings.</param>
    public static IHybridSessionBuilder AddHybridSession(this IServiceCollection services, Action<HybridSessionOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return Add(services, null, configure);
    }

    /// <summary>Adds the session engine with settings from configuration. A key that is no setting stops the start.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="section">The section, usually <c>configuration.GetSection("HybridSession")</c>; one written for Beego works as it is.</param>
    public static IHybridSessionBuilder AddHybridSession(this IServiceCollection services, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return Add(services, section, null);
    }

    /// <summary>Adds the session engine with settings from configuration and from code.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="section">The section, usually <c>configuration.GetSection("HybridSession")</c>; one written for Beego works as it is.</param>
    /// <param name="configure">Changes the settings after the section was read.</param>
    public static IHybridSessionBuilder AddHybridSession(this IServiceCollection services, IConfiguration section, Action<HybridSessionOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(section);
        ArgumentNullException.ThrowIfNull(configure);
        return Add(services, section, configure);
    }

    private static HybridSessionBuilder Add(IServiceCollection services, IConfiguration? section, Action<HybridSessionOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (section is not null)
        {
            var binding = new SectionBinding(section);
            services.AddSingleton(binding).AddSingleton<IConfigureOptions<HybridSessionOptions>>(binding);
        }
        if (configure is not null) services.Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<HybridSessionOptions>, EngineOptionsSetup>());

        services.AddOptions<HybridSessionOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<HybridSessionOptions>, HybridSessionOptionsValidator>(provider => new HybridSessionOptionsValidator(
            provider.GetServices<SectionBinding>(), provider.GetServices<BackingStoreRegistration>(), UsesCookie(services), services.Any(static d => d.ServiceType == typeof(EncryptionMarker)))));
        services.TryAddSingleton<IOptions<SessionEngineOptions>>(provider => provider.GetRequiredService<IOptions<HybridSessionOptions>>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ISessionTokenTransport, CookieTokenTransport>();
        services.TryAddSingleton<ISessionAccessor, SessionAccessor>();
        services.TryAddSingleton(ChooseStore);
        services.TryAddSingleton(static provider => BackingStoreSelector.Build(provider, provider.GetRequiredService<ChosenStore>()));
        services.AddHybridSessionEngine();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IStartupProbe, ShutdownProbe>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IStartupProbe, CookieProbe>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IStartupProbe, KeyRingProbe>());
        services.AddHostedService<DrainDelayService>();
        SignInServices.AddTo(services);
        services.TryAddSingleton<HybridSessionMarker>();
        return new HybridSessionBuilder(services, section);
    }

    private static ChosenStore ChooseStore(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<HybridSessionOptions>>().Value;
        // Switched off, nothing is to be stored, and nothing need be there to store it in.
        return options.Enabled ? BackingStoreSelector.Choose(provider, options.Provider) : new ChosenStore(BackingStoreSelector.Memory);
    }

    private static bool UsesCookie(IServiceCollection services) => services.Last(d => d.ServiceType == typeof(ISessionTokenTransport)).ImplementationType == typeof(CookieTokenTransport)
        || services.Any(d => d.ServiceType == typeof(CookieTokenTransport));

    private sealed class HybridSessionBuilder(IServiceCollection services, IConfiguration? configuration) : IHybridSessionBuilder
    {
        public IServiceCollection Services { get; } = services;

        public IConfiguration? Configuration { get; } = configuration;
    }
}
