using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Xunit;

namespace HybridSession.Middleware.Tests.Apps;

/// <summary>Minimal APIs: a session as a parameter bound by the application, results, a group and a filter that uses the session too.</summary>
public class MinimalApiTests
{
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task A_list_is_kept_between_requests(HostKind kind)
    {
        await using var site = await Site.StartAsync(kind, _ => { }, Map);
        var browser = new Browser(site.NewClient());

        await browser.OpenAsync("/list");
        Assert.Equal("[]", browser.Page);
        await browser.SendAsync(HttpMethod.Put, "/list/bread");
        await browser.SendAsync(HttpMethod.Put, "/list/salt");
        await browser.OpenAsync("/list");
        Assert.Equal("""["bread","salt"]""", browser.Page);

        await browser.SendAsync(HttpMethod.Delete, "/list/bread");
        await browser.OpenAsync("/list");
        Assert.Equal("""["salt"]""", browser.Page);
        await browser.OpenAsync("/list/calls");
        Assert.Equal("7", browser.Page);
        Assert.Equal("GET /list: 200  [the session] []", browser.Record[0]);
        Assert.Single(browser.Record, r => r.Contains("the session", StringComparison.Ordinal));
    }

    private static void Map(WebApplication app)
    {
        var list = app.MapGroup("/list").AddEndpointFilter(async (call, next) =>
        {
            var session = call.HttpContext.Session;
            session.SetInt32("calls", (session.GetInt32("calls") ?? 0) + 1);
            return await next(call);
        });
        list.MapGet("", (Shelf shelf) => shelf.Items);
        list.MapPut("{item}", Created (string item, Shelf shelf) =>
        {
            shelf.Items = [.. shelf.Items, item];
            return TypedResults.Created();
        });
        list.MapDelete("{item}", NoContent (string item, Shelf shelf) =>
        {
            shelf.Items = [.. shelf.Items.Where(i => i != item)];
            return TypedResults.NoContent();
        });
        list.MapGet("calls", (HttpContext context) => context.Session.GetInt32("calls"));
    }

    private sealed class Shelf(ISession session)
    {
        public string[] Items
        {
            get => session.GetString("items") is { Length: > 0 } items ? items.Split(' ') : [];
            set => session.SetString("items", string.Join(' ', value));
        }

        public static ValueTask<Shelf> BindAsync(HttpContext context) => ValueTask.FromResult(new Shelf(context.Session));
    }
}
