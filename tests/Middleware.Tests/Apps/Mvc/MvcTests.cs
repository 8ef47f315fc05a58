using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HybridSession.Middleware.Tests.Apps.Mvc;

/// <summary>Controllers and views with TempData, kept in the session and kept in a cookie of its own.</summary>
public class MvcTests
{
    // Rule 30
    [Theory]
    [InlineData(HostKind.Stock, true)]
    [InlineData(HostKind.Stock, false)]
    [InlineData(HostKind.Hybrid, true)]
    [InlineData(HostKind.Hybrid, false)]
    public async Task A_guest_signs_and_leaves(HostKind kind, bool tempDataInSession)
    {
        await using var site = await StartAsync(kind, tempDataInSession);
        var browser = new Browser(site.NewClient());

        await browser.OpenAsync("/guestbook");
        Assert.Contains("visit 1<", browser.Page, StringComparison.Ordinal);
        await browser.SubmitAsync("sign", ("Name", "Ann"));
        Assert.Contains("Thank you, Ann.", browser.Page, StringComparison.Ordinal);
        Assert.Contains("visit 2<", browser.Page, StringComparison.Ordinal);

        await browser.OpenAsync("/guestbook");
        Assert.DoesNotContain("Thank you", browser.Page, StringComparison.Ordinal);
        Assert.Contains(">Ann<", browser.Page, StringComparison.Ordinal);

        await browser.SubmitAsync("leave");
        Assert.Contains("Good-bye.", browser.Page, StringComparison.Ordinal);
        Assert.Contains("visit 1<", browser.Page, StringComparison.Ordinal);
        Assert.Contains(">nobody<", browser.Page, StringComparison.Ordinal);
        Assert.Equal(!tempDataInSession, browser.Record.Any(r => r.Contains("CookieTempDataProvider", StringComparison.Ordinal)));
    }

    internal static Task<Site> StartAsync(HostKind kind, bool tempDataInSession) => Site.StartAsync(
        kind,
        services =>
        {
            var mvc = services.AddControllersWithViews();
            if (tempDataInSession) mvc.AddSessionStateTempDataProvider();
            else mvc.AddCookieTempDataProvider();
        },
        app => app.MapControllers());
}
