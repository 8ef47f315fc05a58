using HybridSession.EndToEnd.Tests.Storefront;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenQA.Selenium;
using Xunit;

namespace HybridSession.EndToEnd.Tests.Browser;

/// <summary>A Razor Pages application over the session of ASP.NET Core and, after a change of two lines, over HybridSession on PostgreSQL.</summary>
public class TwoLinesInBrowserTests(ShopServer server) : IClassFixture<ShopServer>
{
    [Fact]
    public async Task A_Razor_Pages_application_shows_the_same_after_a_change_of_two_lines()
    {
        var database = await server.DatabaseAsync();
        using var browser = new ChromeBrowser();

        var before = await ShopAsync(browser, services => services.AddSession(), app => app.UseSession());
        var after = await ShopAsync(browser, services => services.AddHybridSession().UsePostgres(database), app => app.UseHybridSession());

        Assert.Equal(["", "tea is in the basket. tea", "milk is in the basket. tea milk", "tea milk", "The basket is empty.", ""], before);
        Assert.Equal(before, after);
        Assert.Equal(1, await ShopServer.ScalarAsync<long>(database, "select count(*) from session"));
    }

    private static async Task<List<string>> ShopAsync(ChromeBrowser browser, Action<IServiceCollection> addSession, Action<WebApplication> useSession)
    {
        await using var site = Build(addSession, useSession);
        await site.StartAsync();
        var page = new Uri(new Uri(site.Urls.First()), "/basket");
        var seen = new List<string>();
        void Look() => seen.Add(string.Join(' ', (string[])[browser.Find("#notice").Text, .. browser.Driver.FindElements(By.TagName("li")).Select(item => item.Text)]).Trim());
        async Task AddAsync(string item)
        {
            browser.Find("#item").SendKeys(item + Keys.Enter);
            await browser.ShowsAsync("#notice", $"{item} is in");
            Look();
        }

        browser.Driver.Navigate().GoToUrl(page);
        Look();
        await AddAsync("tea");
        await AddAsync("milk");
        browser.Driver.Navigate().GoToUrl(page);
        Look();
        await browser.ClickAsync("#empty-all");
        await browser.ShowsAsync("#notice", "empty");
        Look();
        browser.Driver.Navigate().GoToUrl(page);
        Look();

        // Cookies do not know of ports: the other site would be sent those of this one.
        browser.Driver.Manage().Cookies.DeleteAllCookies();
        return seen;
    }

    private static WebApplication Build(Action<IServiceCollection> addSession, Action<WebApplication> useSession)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production", ApplicationName = typeof(TwoLinesInBrowserTests).Assembly.GetName().Name });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();
        builder.Services.AddDistributedMemoryCache();
        builder.Services.AddRazorPages(o => o.RootDirectory = "/Apps/Pages").AddSessionStateTempDataProvider();
        addSession(builder.Services);

        var app = builder.Build();
        useSession(app);
        app.MapRazorPages();
        return app;
    }
}
