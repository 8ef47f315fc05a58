using HybridSession.Middleware.Tests.Apps.Mvc;
using HybridSession.Middleware.Tests.Apps.Pages;
using HybridSession.Middleware.Tests.Hosting;
using Xunit;

namespace HybridSession.Middleware.Tests.Apps;

/// <summary>An application that changes <c>AddSession</c> and <c>UseSession</c>, and nothing else (see <see cref="Site"/>), answers every step of a browser as before.</summary>
public class TwoLinesTests
{
    [Theory, InlineData(true), InlineData(false)]
    public async Task An_MVC_application_switches_by_changing_two_lines(bool tempDataInSession)
    {
        static async Task<IReadOnlyList<string>> BrowseAsync(Site site)
        {
            var browser = new Browser(site.NewClient());
            await browser.OpenAsync("/guestbook");
            await browser.OpenAsync("/guestbook");
            await browser.SubmitAsync("sign", ("Name", ""));
            await browser.SubmitAsync("sign", ("Name", "Ann"));
            await browser.OpenAsync("/guestbook");
            await browser.SubmitAsync("leave");
            await browser.SubmitAsync("sign", ("Name", "Bob"));
            return browser.Record;
        }

        await using var stock = await MvcTests.StartAsync(HostKind.Stock, tempDataInSession);
        await using var hybrid = await MvcTests.StartAsync(HostKind.Hybrid, tempDataInSession);
        var expected = await BrowseAsync(stock);

        Assert.Equal(11, expected.Count);
        Assert.Contains("the session", string.Join('\n', expected), StringComparison.Ordinal);
        Assert.Equal(expected, await BrowseAsync(hybrid));
    }

    [Fact]
    public async Task A_Razor_Pages_application_switches_by_changing_two_lines()
    {
        static async Task<IReadOnlyList<string>> BrowseAsync(Site site)
        {
            var browser = new Browser(site.NewClient());
            await browser.OpenAsync("/basket");
            await browser.SubmitAsync("add", ("Item", "tea"));
            await browser.SubmitAsync("add", ("Item", "<milk>"));
            await browser.SubmitAsync("empty");
            await browser.OpenAsync("/basket");
            await browser.SubmitAsync("add", ("Item", "bread"));
            return browser.Record;
        }

        await using var stock = await RazorPagesTests.StartAsync(HostKind.Stock);
        await using var hybrid = await RazorPagesTests.StartAsync(HostKind.Hybrid);
        var expected = await BrowseAsync(stock);

        Assert.Equal(10, expected.Count);
        Assert.Contains("the session", string.Join('\n', expected), StringComparison.Ordinal);
        Assert.Equal(expected, await BrowseAsync(hybrid));
    }
}
