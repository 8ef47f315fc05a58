using HybridSession.EndToEnd.Tests.Storefront;
using OpenQA.Selenium;
using Xunit;

namespace HybridSession.EndToEnd.Tests.Browser;

public class BrowserTests(ShopServer server) : IClassFixture<ShopServer>
{
    [Fact]
    public async Task A_visitor_shops_signs_in_outlives_a_restart_and_signs_out()
    {
        using var browser = new ChromeBrowser();
        var database = await server.DatabaseAsync();
        await using var first = await StorefrontProcess.StartAsync(database);

        browser.Driver.Navigate().GoToUrl(first.Address);
        await browser.ShowsAsync("#origin", "new");
        Assert.Null(browser.Cookie(Shopper.SessionCookie));

        await browser.ClickAsync("#add-mug");
        await browser.ShowsAsync(".message", "Harbour mug is in your cart");
        await browser.ShowsAsync("#origin", "memory");
        var anonymous = browser.Driver.Manage().Cookies.GetCookieNamed(Shopper.SessionCookie)!;
        Assert.True(anonymous.IsHttpOnly);
        Assert.Equal("Lax", anonymous.SameSite);

        await browser.ClickAsync("#add-lamp");
        await browser.ShowsAsync(".message", "Reading lamp is in your cart");
        browser.Driver.Navigate().GoToUrl(new Uri(first.Address, "/cart"));
        await browser.ClickAsync("#more-mug");
        await browser.ShowsAsync("#quantity-mug", "2");
        await browser.ClickAsync("#remove-lamp");
        await browser.ShowsAsync("#total", "€ 36.00");

        browser.Driver.Navigate().GoToUrl(new Uri(first.Address, "/sign-in"));
        browser.Find("#name").SendKeys("Ada" + Keys.Enter);
        await browser.ShowsAsync(".hello", "Hello, Ada");
        var signedIn = browser.Cookie(Shopper.SessionCookie);
        Assert.NotEqual(anonymous.Value, signedIn);
        await browser.ShowsAsync("#cart-count", "2");

        await first.TerminateAsync();
        await using var second = await StorefrontProcess.StartAsync(database);
        browser.Driver.Navigate().GoToUrl(new Uri(second.Address, "/cart"));
        await browser.ShowsAsync("#origin", "database");
        await browser.ShowsAsync("#quantity-mug", "2");
        await browser.ShowsAsync(".hello", "Hello, Ada");
        Assert.Equal(browser.Find("#session-id").Text, browser.Find("#table-key").Text);
        Assert.Equal(signedIn, browser.Cookie(Shopper.SessionCookie));

        await browser.ClickAsync("#to-checkout");
        await browser.ClickAsync("#buy");
        await browser.ShowsAsync(".message", "Thank you!");
        await browser.ShowsAsync("#cart-count", "0");

        await browser.ClickAsync("#sign-out");
        await browser.ShowsAsync("#origin", "new");
        Assert.Null(browser.Cookie(Shopper.SessionCookie));
        Assert.Empty(browser.Complaints());
    }

    [Fact]
    public async Task The_pages_fit_a_desk_a_phone_and_the_dark()
    {
        using var browser = new ChromeBrowser();
        await using var site = await StorefrontProcess.StartAsync(await server.DatabaseAsync());
        browser.Driver.Navigate().GoToUrl(site.Address);
        await browser.ClickAsync("#add-ink");
        await browser.ShowsAsync("#cart-count", "1");
        await browser.ClickAsync("#add-plant");
        await browser.ShowsAsync("#cart-count", "2");

        foreach (var screen in Enum.GetValues<Screen>())
        {
            foreach (var dark in new[] { false, true })
            {
                browser.Show(screen);
                browser.PreferDark(dark);
                foreach (var (path, name) in new[] { ("/", "shop"), ("/cart", "cart"), ("/sign-in", "sign-in"), ("/products/lamp", "product"), ("/checkout", "till") })
                {
                    browser.Driver.Navigate().GoToUrl(new Uri(site.Address, path));
                    Assert.False(browser.Overflows(), $"{path} is wider than the {screen}.");
                    browser.Picture($"{name}-{screen.ToString().ToLowerInvariant()}{(dark ? "-dark" : "")}");
                }
            }
        }

        Assert.Empty(browser.Complaints());
    }

    [Fact]
    public async Task The_shop_can_be_used_by_keyboard_alone()
    {
        using var browser = new ChromeBrowser();
        await using var site = await StorefrontProcess.StartAsync(await server.DatabaseAsync());
        browser.Driver.Navigate().GoToUrl(site.Address);

        // The skip link, the brand, three links of the header, the first product's name, its button.
        IWebElement Focused() => browser.Driver.SwitchTo().ActiveElement();
        for (var i = 0; i < 7; i++) Focused().SendKeys(Keys.Tab);
        Assert.Equal("add-notebook", Focused().GetAttribute("id"));
        Focused().SendKeys(Keys.Enter);

        await browser.ShowsAsync("#cart-count", "1");
    }
}
