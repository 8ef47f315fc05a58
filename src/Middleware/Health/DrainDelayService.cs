using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HybridSession.Middleware;

/// <summary>
/// Turns readiness red as soon as the application is to stop, and keeps the server listening for <see cref="HybridSessionOptions.DrainDelay"/>: the host stops
/// its server only after every service has answered <see cref="StoppingAsync"/>.
/// </summary>
internal sealed class DrainDelayService(IServiceProvider services, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<DrainDelayService> logger) : IHostedLifecycleService, IDisposable
{
    private SessionEngine? _engine;
    private CancellationTokenRegistration _stopping;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        // Not injected, as in the engine's own service. By the signal already: other services may take their time in their StoppingAsync.
        _engine = services.GetRequiredService<SessionEngine>();
        _stopping = lifetime.ApplicationStopping.Register(_engine.BeginDrain);
        return Task.CompletedTask;
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        // Null when the start failed: there is nobody to be told.
        if (_engine is null) return;
        _engine.BeginDrain();
        var delay = services.GetRequiredService<IOptions<HybridSessionOptions>>().Value.DrainDelay;
        if (delay <= TimeSpan.Zero) return;

        logger.DrainBegun(delay.TotalSeconds);
        // The host's deadline ends the delay, too: that is no error, and the doctor has warned of it.
        await Task.Delay(delay, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _stopping.Dispose();
}
