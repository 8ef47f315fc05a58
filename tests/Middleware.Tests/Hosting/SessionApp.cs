using System.Net;
using HybridSession.Core.Tests.Doubles;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Session;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Internal;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace HybridSession.Middleware.Tests.Hosting;

/// <summary>A site with sessions, over the stock middleware or over HybridSession on the in-memory store and a clock that stands still.</summary>
internal sealed class SessionApp : IAsyncDisposable
{
    private WebApplication? _app;
    private Uri? _address;

    public HostKind Kind { get; init; } = HostKind.Hybrid;

    /// <summary>The name of the session cookie, unless <see cref="Cookie"/> changes it.</summary>
    public string CookieName => Kind == HostKind.Stock ? SessionDefaults.CookieName : HybridSessionOptions.DefaultCookieName;

    /// <summary>Kestrel on a free port instead of the test server.</summary>
    public bool Kestrel { get; init; }

    /// <summary>The settings. Of the stock host, those that it has too.</summary>
    public Action<HybridSessionOptions>? Options { get; init; }

    /// <summary>The nodes that this site is one of; null for a site of one process.</summary>
    public PeerNetwork? Network { get; init; }

    /// <summary>The locks that the nodes share; null for a store that offers none.</summary>
    public LockNetwork? Locks { get; init; }

    /// <summary>For tests that let time pass until something times out, which is more than the session would live.</summary>
    public bool NeverExpires { get; init; }

    public Action<CookieBuilder>? Cookie { get; init; }

    public IConfiguration? Section { get; init; }

    public Action<IHybridSessionBuilder>? Transport { get; init; }

    /// <summary>What is added around the store.</summary>
    public Action<IHybridSessionBuilder>? Stages { get; init; }

    public Action<IServiceCollection>? Services { get; init; }

    /// <summary>Before the session middleware.</summary>
    public Action<IApplicationBuilder>? Before { get; init; }

    /// <summary>Between the session middleware and the routes.</summary>
    public Action<WebApplication>? After { get; init; }

    /// <summary>What each path does.</summary>
    public Dictionary<string, RequestDelegate> Routes { get; } = [];

    public FakeTimeProvider Time { get; private init; } = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    /// <summary>Outlives the process that the host stands for.</summary>
    private InMemoryBackingStore? Store { get; set; }

    /// <summary>What is stored, as it is stored.</summary>
    public InMemoryBackingStore Rows => Store!;

    public LogCollector Logs { get; } = new();

    public StoreFaults Faults { get; } = new();

    public List<string> StoreCalls => Faults.Calls;

    public IServiceProvider Provider => _app!.Services;

    public Visitor NewVisitor() => new(NewClient());

    public async Task<SessionApp> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        if (Kestrel) builder.WebHost.UseKestrelCore().ConfigureKestrel(o =>
        {
            o.Listen(IPAddress.Loopback, 0);
            o.Limits.MaxRequestHeadersTotalSize = 4 * 1024 * 1024;
            o.Limits.MaxRequestBufferSize = 8 * 1024 * 1024;
        });
        else builder.WebHost.UseTestServer();
        builder.Logging.SetMinimumLevel(LogLevel.Trace).AddProvider(Logs);
        builder.Services.AddRouting();
        AddSessions(builder.Services);
        Services?.Invoke(builder.Services);

        _app = builder.Build();
        Before?.Invoke(_app);
        if (Kind == HostKind.Stock) _app.UseSession();
        else _app.UseHybridSession();
        After?.Invoke(_app);
        _app.Run(context => Routes.TryGetValue(context.Request.Path.Value!, out var route) ? route(context) : Task.CompletedTask);
        await _app.StartAsync();
        if (Kestrel) _address = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return this;
    }

    /// <summary>A second node of the same site.</summary>
    public Task<SessionApp> StartPeerAsync() => new SessionApp { Kestrel = Kestrel, Options = Options, Services = Services, Stages = Stages, Transport = Transport, Network = Network, Locks = Locks, NeverExpires = NeverExpires, Before = Before, After = After, Time = Time, Store = Store }.StartAsync();

    /// <summary>Uses the session as a new visitor: calls <paramref name="route"/> and returns what came of it.</summary>
    public async Task<HttpResponseMessage> GetAsync(RequestDelegate route) => await NewVisitor().GetAsync(this, route);

    /// <summary>Lets time pass until a request that waits for a time-out is answered; see <see cref="NeverExpires"/>.</summary>
    public async Task<T> AdvanceUntil<T>(Task<T> work)
    {
        while (!work.IsCompleted)
        {
            Time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }
        return await work;
    }

    /// <summary>Stops the site as SIGTERM does: the application is told first, then the host stops its services.</summary>
    public async Task StopAsync()
    {
        _app!.Lifetime.StopApplication();
        await ((IHost)_app).WaitForShutdownAsync();
    }

    /// <summary>The same site after a restart: its memory is empty, the store is not. The stock host keeps nothing in memory and goes on as it is.</summary>
    /// <param name="stages">What is around the store from now on; null for no change.</param>
    public async Task<SessionApp> RestartAsync(Action<IHybridSessionBuilder>? stages = null)
    {
        if (Kind == HostKind.Stock) return this;
        await _app!.StopAsync();
        return await new SessionApp { Kestrel = Kestrel, NeverExpires = NeverExpires, Options = Options, Cookie = Cookie, Section = Section, Services = Services, Stages = stages ?? Stages, Before = Before, After = After, Time = Time, Store = Store }.StartAsync();
    }

    public HttpClient NewClient() => _address is null
        ? _app!.GetTestClient()
        : new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = _address };

    public TestServer Server => _app!.GetTestServer();

    public async ValueTask DisposeAsync()
    {
        Faults.Fails = false;
        if (_app is null) return;
        var app = _app;
        _app = null;
        await app.DisposeAsync();
    }

    private void AddSessions(IServiceCollection services)
    {
        // Keys in memory: nothing of a test run stays on the machine. Tests of encryption bring their own.
        if (Stages is null) services.AddDataProtection().UseEphemeralDataProtectionProvider();
        if (Kind == HostKind.Stock)
        {
            AddStockSessions(services);
            return;
        }

        services.AddSingleton<TimeProvider>(Time);
        void Configure(HybridSessionOptions options)
        {
            // On a clock that stands still a repetition would wait for ever.
            options.Resilience.Loads.MaxRetries = options.Resilience.Flushes.MaxRetries = 0;
            if (NeverExpires) (options.IdleTimeout, options.AbsoluteLifetime) = (TimeSpan.FromDays(365), null);
            Options?.Invoke(options);
            Cookie?.Invoke(options.Cookie);
        }

        var builder = Section is null ? services.AddHybridSession(Configure) : services.AddHybridSession(Section, Configure);
        Store ??= new InMemoryBackingStore(Time);
        services.AddSingleton(new BackingStoreRegistration(["test"], _ => Store)
        {
            PeerLink = Network is null ? null : _ => Network.CreateLink(),
            Locks = Locks is null ? null : _ => Locks.CreateLocks(),
        });
        Transport?.Invoke(builder);
        Stages?.Invoke(builder);
        builder.Use(inner => new FaultyBackingStore(inner, Faults));
    }

    private void AddStockSessions(IServiceCollection services)
    {
        services.AddDistributedMemoryCache(o => o.Clock = new CacheClock(Time));
        var memory = services.Last(d => d.ServiceType == typeof(IDistributedCache));
        services.Replace(ServiceDescriptor.Singleton<IDistributedCache>(p =>
            new FaultyDistributedCache((IDistributedCache)ActivatorUtilities.CreateInstance(p, memory.ImplementationType!), Faults)));
        services.AddSession(o =>
        {
            if (Options is not null)
            {
                var options = new HybridSessionOptions();
                Options(options);
                (o.IdleTimeout, o.IOTimeout) = (options.IdleTimeout, options.IOTimeout);
            }
            if (NeverExpires) o.IdleTimeout = TimeSpan.FromDays(365);
            Cookie?.Invoke(o.Cookie);
        });
    }

    private sealed class CacheClock(TimeProvider time) : ISystemClock
    {
        public DateTimeOffset UtcNow => time.GetUtcNow();
    }
}
