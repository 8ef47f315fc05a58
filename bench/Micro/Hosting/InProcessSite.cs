using HybridSession.Bench.Micro.Sessions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace HybridSession.Bench.Micro.Hosting;

/// <summary>Which session a site has.</summary>
internal enum SiteSession
{
    None,
    Stock,
    Hybrid,
}

/// <summary>A site with one endpoint and, unless it has no session, stored sessions of <see cref="SampleSession"/>'s content.</summary>
internal sealed class InProcessSite : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly InProcessServer _server;
    private string?[] _cookies = [null];
    private int _next;
    private int _counter;

    private InProcessSite(WebApplication app, InProcessServer server) => (_app, _server) = (app, server);

    /// <summary>What the endpoint does.</summary>
    public Action<InProcessSite, HttpContext> Endpoint { get; set; } = static (_, _) => { };

    /// <summary>A number that was not written before.</summary>
    public int NextCounter() => ++_counter;

    public static async Task<InProcessSite> StartAsync(SiteSession session, int sessions)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        var server = new InProcessServer();
        builder.WebHost.UseServer(server);
        if (session == SiteSession.Stock)
        {
            builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();
            builder.Services.AddDistributedMemoryCache().AddSession();
        }
        else if (session == SiteSession.Hybrid)
        {
            builder.Services.AddHybridSession().UseInMemoryStore();
        }

        var app = builder.Build();
        var site = new InProcessSite(app, server);
        if (session == SiteSession.Stock) app.UseSession();
        else if (session == SiteSession.Hybrid) app.UseHybridSession();
        app.Run(context =>
        {
            site.Endpoint(site, context);
            return Task.CompletedTask;
        });
        await app.StartAsync();
        if (session != SiteSession.None) await site.FillAsync(sessions);
        return site;
    }

    /// <summary>One request of the next visitor.</summary>
    public Task RequestAsync()
    {
        var cookies = _cookies;
        if (++_next >= cookies.Length) _next = 0;
        return _server.Exchange.RunAsync(cookies[_next]);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task FillAsync(int sessions)
    {
        Endpoint = static (_, context) =>
        {
            foreach (var (key, value) in SampleSession.Values) context.Session.Set(key, value);
        };
        var cookies = new string?[sessions];
        for (var i = 0; i < sessions; i++)
        {
            await _server.Exchange.RunAsync(null);
            cookies[i] = _server.Exchange.SetCookie ?? throw new InvalidOperationException("A new session got no cookie.");
        }

        // In no order that memory or the branch predictor knows.
        new Random(1).Shuffle(cookies);
        _cookies = cookies;
    }
}
