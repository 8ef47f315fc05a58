using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HybridSession.Middleware.Tests.Endpoints;

/// <summary>Sites with endpoints, and what a request of theirs waited for.</summary>
internal static class EndpointSite
{
    /// <summary>Changes the session.</summary>
    public static void Change(HttpContext context) => context.Session.SetString("k", Guid.NewGuid().ToString());

    /// <summary>A site whose clock stands still: nothing is flushed unless somebody waits for it.</summary>
    public static Task<SessionApp> StartAsync(
        Action<IEndpointRouteBuilder> map, Durability application = Durability.WriteBehind, bool routingFirst = false, Action<IServiceCollection>? services = null, Action<IApplicationBuilder>? before = null, bool kestrel = false, Action<HybridSessionOptions>? options = null) =>
        new SessionApp
        {
            Kestrel = kestrel,
            NeverExpires = true,
            Services = services,
            Options = o =>
            {
                o.Durability = application;
                // The store's failures are to be seen one by one.
                o.Resilience.MinimumThroughput = int.MaxValue;
                options?.Invoke(o);
            },
            Before = app =>
            {
                before?.Invoke(app);
                if (routingFirst) app.UseRouting();
            },
            After = app => (routingFirst ? (IApplicationBuilder)app : app.UseRouting()).UseEndpoints(map),
        }.StartAsync();

    /// <summary>A visitor with a stored session.</summary>
    public static async Task<Visitor> KnownVisitorAsync(this SessionApp app)
    {
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, session => session.SetString("k", "v"));
        Assert.NotNull(visitor.Cookie);
        return visitor;
    }

    /// <summary>Asks for a path that changes the session, and tells what the response waited for.</summary>
    public static async Task<Durability> LevelOfAsync(this SessionApp app, string path, HttpMethod? method = null)
    {
        var visitor = await app.KnownVisitorAsync();
        app.Faults.Forget();

        var response = await visitor.SendAsync(method ?? HttpMethod.Get, path);

        Assert.True(response.IsSuccessStatusCode, $"{path} was answered with {(int)response.StatusCode}.");
        return app.Faults.Count("Flush") > 0 ? Durability.Durable : Durability.WriteBehind;
    }
}
