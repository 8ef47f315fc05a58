using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HybridSession.Middleware.Tests.Apps.Pages;

/// <summary>Razor Pages whose handlers use the session, with TempData in it.</summary>
public class RazorPagesTests
{
    // Rule 30
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task A_basket_is_filled_and_emptied(HostKind kind)
    {
        await using var site = await StartAsync(kind);
        var browser = new Browser(site.NewClient());
        await browser.OpenAsync("/basket");
        Assert.DoesNotContain("the session", browser.Record[0], StringComparison.Ordinal);

        await browser.SubmitAsync("add", ("Item", "tea"));
        await browser.SubmitAsync("add", ("Item", "milk"));
        Assert.Contains("<li>tea</li><li>milk</li>", browser.Page, StringComparison.Ordinal);
        Assert.Contains("milk is in the basket.", browser.Page, StringComparison.Ordinal);

        await browser.SubmitAsync("empty");
        Assert.Contains("The basket is empty.", browser.Page, StringComparison.Ordinal);
        await browser.OpenAsync("/basket");
        Assert.DoesNotContain("basket is", browser.Page, StringComparison.Ordinal);
        Assert.DoesNotContain("<li>", browser.Page, StringComparison.Ordinal);
    }

    internal static Task<Site> StartAsync(HostKind kind) => Site.StartAsync(
        kind,
        services => services.AddRazorPages(o => o.RootDirectory = "/Apps/Pages").AddSessionStateTempDataProvider(),
        app => app.MapRazorPages());
}
