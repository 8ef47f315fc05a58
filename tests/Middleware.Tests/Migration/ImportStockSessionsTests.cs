using System.Net;
using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HybridSession.Middleware.Tests.Migration;

public class ImportStockSessionsTests
{
    private static readonly TimeSpan BeyondGrace = TimeSpan.FromMinutes(6);

    [Fact]
    public async Task A_client_of_the_stock_session_stays_signed_in()
    {
        await using var site = await StockSite.StartAsync();
        var visitor = await site.SignInAsync();
        var old = visitor.Cookie;

        var found = await visitor.AskAsync(site.New, s => (((IHybridSession)s).Origin, s.GetString("user"), s.Get("empty")!.Length, s.Get("größe")!.Sum(b => b)));

        Assert.Equal((SessionOrigin.Imported, "ann", 0, 6), found);
        Assert.Equal(1, site.New.Faults.Count("Birth"));
        Assert.NotEqual(old, visitor.Cookie);
    }

    [Fact]
    public async Task The_response_gives_our_cookie_and_deletes_the_stock_one()
    {
        await using var site = await StockSite.StartAsync();
        var visitor = await site.SignInAsync();

        var cookies = (await visitor.UseAsync(site.New, _ => { })).SetCookies();

        Assert.Equal([(HybridSessionOptions.DefaultCookieName, false), (".AspNetCore.Session", true)], cookies.Select(c => (c.Name.ToString(), c.Value.Length == 0)));
    }

    [Fact]
    public async Task Parallel_requests_each_import_and_any_of_their_cookies_is_signed_in()
    {
        await using var site = await StockSite.StartAsync();
        var first = await site.SignInAsync();
        Visitor[] tabs = [first, .. Enumerable.Range(0, 7).Select(_ => first.At(site.New))];

        var users = await Task.WhenAll(tabs.Select(tab => TokenAndUserAsync(site, tab)));

        Assert.All(users, u => Assert.Equal("ann", u.User));
        Assert.Equal(tabs.Length, users.Select(u => u.Token).Distinct().Count());
        foreach (var (token, _) in users)
            Assert.Equal("ann", await new Visitor(site.New.NewClient()) { Cookie = token }.AskAsync(site.New, s => s.GetString("user")));
    }

    [Theory, InlineData(true, null), InlineData(false, "ann")]
    public async Task The_original_lives_on_for_five_minutes_at_most_unless_it_is_to_stay(bool remove, string? expected)
    {
        await using var site = await StockSite.StartAsync(o => o.RemoveOriginal = remove);
        var visitor = await site.SignInAsync();
        var late = visitor.At(site.New);
        await visitor.UseAsync(site.New, _ => { });
        site.Time.Advance(TimeSpan.FromMinutes(4));
        // Still copied, and its end is not put off by that.
        Assert.Equal("ann", await late.At(site.New).AskAsync(site.New, s => s.GetString("user")));
        site.Time.Advance(TimeSpan.FromMinutes(2));

        Assert.Equal(expected, await late.AskAsync(site.New, s => s.GetString("user")));
    }

    [Fact]
    public async Task Nodes_of_the_old_kind_still_read_an_original_that_was_taken_over()
    {
        await using var site = await StockSite.StartAsync();
        var visitor = await site.SignInAsync();
        var atOld = visitor.At(site.Old);
        await visitor.UseAsync(site.New, _ => { });

        Assert.Equal("ann", await atOld.AskAsync(site.Old, s => s.GetString("user")));
    }

    [Fact]
    public async Task Who_signs_out_with_the_importing_request_stays_signed_out()
    {
        await using var site = await StockSite.StartAsync();
        var visitor = await site.SignInAsync();
        var late = visitor.At(site.New);

        var response = await visitor.GetAsync(site.New, c => c.GetHybridSession().AbandonAsync());

        Assert.Contains(response.SetCookies(), c => c.Name == ".AspNetCore.Session" && c.Value.Length == 0);
        Assert.Null(await late.AskAsync(site.New, s => s.GetString("user")));
    }

    [Theory, InlineData(UnavailableBehavior.Fail503), InlineData(UnavailableBehavior.Degrade)]
    public async Task A_cache_that_is_away_never_leads_to_a_new_session(UnavailableBehavior behavior)
    {
        await using var site = await StockSite.StartAsync(options: o => o.OnUnavailable = behavior);
        var visitor = await site.SignInAsync();
        site.CacheFaults.Fails = true;

        var response = await visitor.UseAsync(site.New, s => s.SetString("user", "nobody"));

        Assert.Equal(behavior == UnavailableBehavior.Fail503 ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK, response.StatusCode);
        Assert.Empty(response.SetCookies());
        site.CacheFaults.Fails = false;
        Assert.Equal("ann", await visitor.AskAsync(site.New, s => s.GetString("user")));
    }

    [Fact]
    public async Task A_copy_that_cannot_be_stored_leaves_the_original_alone()
    {
        await using var site = await StockSite.StartAsync();
        var visitor = await site.SignInAsync();
        site.New.Faults.Fails = true;
        Assert.Empty((await visitor.UseAsync(site.New, _ => { })).SetCookies());
        site.New.Faults.Fails = false;
        site.Time.Advance(BeyondGrace);

        Assert.Equal("ann", await visitor.AskAsync(site.New, s => s.GetString("user")));
    }

    [Theory, InlineData("x"), InlineData("%00"), InlineData("AAAA"), InlineData("Q2ZESjhBQUFBQUE")]
    public async Task Garbage_for_a_cookie_is_a_visitor_without_a_session(string value)
    {
        await using var site = await StockSite.StartAsync();
        var visitor = new Visitor(site.New.NewClient()) { Cookie = $".AspNetCore.Session={value}" };

        Assert.Equal(SessionOrigin.NoToken, await visitor.AskAsync(site.New, s => ((IHybridSession)s).Origin));
        Assert.Equal(0, site.CacheFaults.Count("Load"));
    }

    [Fact]
    public async Task An_expired_original_is_a_visitor_without_a_session()
    {
        await using var site = await StockSite.StartAsync();
        var visitor = await site.SignInAsync();
        site.Time.Advance(TimeSpan.FromMinutes(21));

        Assert.Equal(SessionOrigin.NoToken, await visitor.AskAsync(site.New, s => ((IHybridSession)s).Origin));
    }

    [Fact]
    public async Task A_damaged_original_is_refused_and_reported_without_its_content()
    {
        await using var site = await StockSite.StartAsync();
        var visitor = await site.SignInAsync();
        await site.Cache.SetAsync(site.KeyOf(visitor), "\u0002secret that is damaged"u8.ToArray(), new(), TestContext.Current.CancellationToken);

        Assert.Equal(SessionOrigin.NoToken, await visitor.AskAsync(site.New, s => ((IHybridSession)s).Origin));
        Assert.DoesNotContain("secret", Assert.Single(site.New.Logs.Of(3020)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_its_time_nothing_is_imported_and_the_log_says_so_once()
    {
        await using var site = await StockSite.StartAsync(o => o.Until = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var visitor = await site.SignInAsync();

        Assert.Equal(SessionOrigin.NoToken, await visitor.AskAsync(site.New, s => ((IHybridSession)s).Origin));
        await visitor.UseAsync(site.New, _ => { });
        Assert.Single(site.New.Logs.Of(3022));
    }

    [Fact]
    public async Task The_new_token_travels_in_a_header_where_the_site_has_it_so()
    {
        await using var site = await StockSite.StartAsync(header: true);
        var visitor = await site.SignInAsync();

        var response = await visitor.UseAsync(site.New, _ => { });

        Assert.NotNull(response.Header(HeaderTokenTransport.Name));
        Assert.Null(visitor.Cookie);
    }

    [Fact]
    public async Task A_site_without_a_distributed_cache_is_warned()
    {
        await using var app = await new SessionApp { Transport = b => b.ImportStockSessions() }.StartAsync();

        Assert.Contains("no IDistributedCache is registered", Assert.Single(app.Logs.Of(1010)).Text, StringComparison.Ordinal);
    }

    private static async Task<(string Token, string? User)> TokenAndUserAsync(StockSite site, Visitor tab)
    {
        string? user = null;
        var response = await tab.UseAsync(site.New, s => user = s.GetString("user"));
        var cookie = response.SetCookies().Single(c => c.Name == HybridSessionOptions.DefaultCookieName);
        return ($"{cookie.Name}={cookie.Value}", user);
    }
}
