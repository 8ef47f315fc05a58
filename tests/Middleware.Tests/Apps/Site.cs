using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HybridSession.Middleware.Tests.Apps;

/// <summary>An application as its author writes it. Over the one host and over the other it differs in the two lines that choose the sessions.</summary>
internal sealed class Site : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Site(WebApplication app) => _app = app;

    public HttpClient NewClient() => _app.GetTestClient();

    public WebSocketClient NewSocketClient() => _app.GetTestServer().CreateWebSocketClient();

    /// <param name="kind">Whose sessions.</param>
    /// <param name="add">What the application adds to its services.</param>
    /// <param name="map">The pipeline behind the sessions, and the endpoints.</param>
    public static async Task<Site> StartAsync(HostKind kind, Action<IServiceCollection> add, Action<WebApplication> map)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production", ApplicationName = typeof(Site).Assembly.GetName().Name });
        builder.WebHost.UseTestServer();
        builder.Logging.ClearProviders();
        builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();
        builder.Services.AddDistributedMemoryCache();
        if (kind == HostKind.Stock) builder.Services.AddSession();
        else builder.Services.AddHybridSession().UseInMemoryStore();
        add(builder.Services);

        var app = builder.Build();
        if (kind == HostKind.Stock) app.UseSession();
        else app.UseHybridSession();
        map(app);
        await app.StartAsync();
        return new Site(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
