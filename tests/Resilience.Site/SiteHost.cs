using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HybridSession.Resilience.Site;

/// <summary>The site under test: Kestrel on 127.0.0.1, on a port that the system chooses.</summary>
public sealed class SiteHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly StatsRecorder _stats;
    private readonly SiteLog _log;

    private SiteHost(WebApplication app, StatsRecorder stats, SiteLog log)
    {
        (_app, _stats, _log) = (app, stats, log);
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>What it has logged so far.</summary>
    public IReadOnlyList<string> Log => _log.Lines;

    /// <summary>What its meter says now.</summary>
    public SiteStats Stats => _stats.Read();

    /// <summary>Builds and starts a site in this process; signals to the process don't concern it.</summary>
    /// <param name="settings">What the scenario varies.</param>
    /// <param name="time">The site's clock; null for the system's.</param>
    /// <param name="stage">A stage around the store, inside all others; null for none.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    public static Task<SiteHost> StartAsync(
        SiteSettings settings, TimeProvider? time = null, Func<ISessionBackingStore, ISessionBackingStore>? stage = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(settings.ToConfiguration());
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        if (time is not null) builder.Services.AddSingleton(time);
        return StartAsync(builder, null, stage, cancellationToken);
    }

    /// <summary>Builds and starts the site of this process, from its environment; SIGTERM stops it.</summary>
    internal static Task<SiteHost> StartAsync(string[] args, Action<string> echo) => StartAsync(WebApplication.CreateSlimBuilder(args), echo, null, CancellationToken.None);

    /// <summary>Stops as a deployment does: the requests under way are finished, the engine drains.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task StopAsync(CancellationToken cancellationToken = default) => _app.StopAsync(cancellationToken);

    /// <summary>Completes when the site was told to stop and has stopped.</summary>
    internal Task WaitForShutdownAsync() => _app.WaitForShutdownAsync();

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _stats.Dispose();
    }

    private static async Task<SiteHost> StartAsync(WebApplicationBuilder builder, Action<string>? echo, Func<ISessionBackingStore, ISessionBackingStore>? stage, CancellationToken cancellationToken)
    {
        var log = new SiteLog(echo);
        builder.Logging.ClearProviders().AddProvider(log).AddFilter("Microsoft", LogLevel.Warning);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = builder.Configuration.GetValue(SiteSettings.ShutdownTimeoutKey, TimeSpan.FromSeconds(30)));
        var sessions = builder.Services.AddHybridSession(builder.Configuration.GetSection("HybridSession")).UsePostgres();
        if (stage is not null) sessions.Use(stage);
        builder.Services.AddHealthChecks().AddHybridSession();

        var app = builder.Build();
        var stats = new StatsRecorder(app.Services.GetRequiredService<IMeterFactory>());
        app.MapPlain(stats);
        app.UseHealthChecks("/healthz/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains("ready") });
        app.Use(TellWhenItLeaves);
        app.UseRouting();
        app.UseHybridSession();
        app.MapSessions();
        await app.StartAsync(cancellationToken);
        return new SiteHost(app, stats, log);
    }

    // Registered before the session's own callback, and so called after it: when the token had been decided on.
    private static Task TellWhenItLeaves(HttpContext context, RequestDelegate next)
    {
        context.Response.OnStarting(static state =>
        {
            ((HttpContext)state).Response.Headers["X-Left"] = Stopwatch.GetTimestamp().ToString(CultureInfo.InvariantCulture);
            return Task.CompletedTask;
        }, context);
        return next(context);
    }

    // Several sites may run in a process, and none of them owns its signals.
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
