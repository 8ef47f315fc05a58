using System.Diagnostics.Metrics;
using HybridSession.Diagnostics;
using HybridSession.Doctor;
using HybridSession.Expiration;
using HybridSession.Resilience;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HybridSession.Configuration;

internal static class EngineServiceCollectionExtensions
{
    /// <summary>Registers the engine over the application's <see cref="ISessionBackingStore"/>, and what starts and drains it.</summary>
    public static IServiceCollection AddHybridSessionEngine(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(static provider => new SessionMetrics(provider.GetService<IMeterFactory>()));
        services.TryAddSingleton(static provider =>
        {
            var options = provider.GetRequiredService<IOptions<SessionEngineOptions>>();
            var time = provider.GetRequiredService<TimeProvider>();
            var circuit = new StoreCircuit(new SessionClock(time));
            var metrics = provider.GetRequiredService<SessionMetrics>();
            var store = new ResilientBackingStore(
                provider.GetRequiredService<ISessionBackingStore>(), options.Value.Resilience, circuit, provider.GetRequiredService<ILogger<ResilientBackingStore>>(), metrics, provider.GetService<ILoggerFactory>());
            return new SessionEngine(options, store, time, metrics, provider.GetRequiredService<ILogger<SessionEngine>>(), circuit, LinkOf(provider, options.Value), LocksOf(provider, options.Value));
        });
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IStartupProbe, EngineProbe>());
        services.TryAddSingleton(static provider => new SessionDoctor(Probes(provider), provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<ExaminedStart>();
        services.TryAddSingleton(static provider => provider.GetRequiredService<SessionEngine>().Quarantine);
        services.TryAddSingleton(static provider => provider.GetRequiredService<SessionEngine>().Administration);
        services.AddHostedService<SessionEngineService>();
        return services;
    }

    private static ISessionPeerLink? LinkOf(IServiceProvider provider, SessionEngineOptions options) =>
        options.Cluster.Enabled ? provider.GetService<ChosenStore>()?.Registration.PeerLink?.Invoke(provider) : null;

    private static ISessionLocks? LocksOf(IServiceProvider provider, SessionEngineOptions options) =>
        options.Cluster.Enabled ? provider.GetService<ChosenStore>()?.Registration.Locks?.Invoke(provider) : null;

    // The store comes first: most of what goes wrong at a start is there. One that is registered and not chosen is left alone.
    private static IEnumerable<IStartupProbe> Probes(IServiceProvider provider)
    {
        if (provider.GetService<ChosenStore>()?.Registration.Probe is { } store) yield return store(provider);
        foreach (var probe in provider.GetServices<IStartupProbe>()) yield return probe;
    }

    /// <summary>Starts the engine before the server listens, and drains it after the server's last request.</summary>
    private sealed class SessionEngineService(IServiceProvider services) : IHostedLifecycleService
    {
        private SessionEngine? _engine;

        public Task StartingAsync(CancellationToken cancellationToken)
        {
            // Not injected: the host makes its services before it validates the options, and one wrong option here would hide all the others.
            _engine = services.GetRequiredService<SessionEngine>();
            return services.GetRequiredService<ExaminedStart>().RunAsync(cancellationToken);
        }

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppingAsync(CancellationToken cancellationToken)
        {
            _engine?.BeginDrain();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => _engine?.StopAsync(cancellationToken) ?? Task.CompletedTask;
    }
}
