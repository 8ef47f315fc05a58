using System.Text;
using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HybridSession.Middleware.Tests.Contract;

/// <summary>Rules 1 to 5: the cookie, and when it is sent.</summary>
public class CookieTests
{
    // Rule 1
    [Theory, InlineData(HostKind.Stock, ".AspNetCore.Session="), InlineData(HostKind.Hybrid, ".HybridSession=")]
    public async Task The_cookie_has_its_own_name_and_the_attributes_of_the_stock_cookie(HostKind kind, string name)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();

        var response = await app.NewVisitor().UseAsync(app, s => s.SetString("k", "v"));

        var header = response.Header("Set-Cookie")!;
        Assert.StartsWith(name, header);
        Assert.EndsWith("; path=/; samesite=lax; httponly", header);
    }

    // Rule 1
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task The_cookie_builder_is_honoured(HostKind kind)
    {
        await using var app = await new SessionApp
        {
            Kind = kind,
            Cookie = c =>
            {
                (c.Name, c.Domain, c.Path, c.SameSite, c.SecurePolicy, c.MaxAge, c.HttpOnly) = ("sid", "example.com", "/shop", SameSiteMode.Strict, CookieSecurePolicy.Always, TimeSpan.FromHours(1), false);
                c.Extensions.Add("Partitioned");
            },
        }.StartAsync();

        var response = await app.NewVisitor().UseAsync(app, s => s.SetString("k", "v"));

        var header = response.Header("Set-Cookie")!;
        Assert.StartsWith("sid=", header);
        Assert.EndsWith("; max-age=3600; domain=example.com; path=/shop; secure; samesite=strict; Partitioned", header);
    }

    // Rule 1
    [Theory, InlineData(HostKind.Stock, "http", false), InlineData(HostKind.Stock, "https", false), InlineData(HostKind.Hybrid, "http", false), InlineData(HostKind.Hybrid, "https", true)]
    public async Task The_cookie_is_secure_when_the_request_is_and_that_of_stock_never(HostKind kind, string scheme, bool secure)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();
        using var client = app.NewClient();
        client.BaseAddress = new Uri($"{scheme}://localhost/");

        var response = await new Visitor(client).UseAsync(app, s => s.SetString("k", "v"));

        Assert.Equal(secure, Assert.Single(response.SetCookies()).Secure);
    }

    // Rule 1: withheld, the cookie would leave a stored session that nobody can open.
    [Theory, InlineData(HostKind.Stock, null, false), InlineData(HostKind.Stock, true, true), InlineData(HostKind.Hybrid, null, true), InlineData(HostKind.Hybrid, false, false)]
    public async Task Without_consent_the_cookie_is_sent_when_it_is_essential_as_only_ours_is_by_default(HostKind kind, bool? isEssential, bool isSent)
    {
        await using var app = await new SessionApp
        {
            Kind = kind,
            Cookie = c => c.IsEssential = isEssential ?? c.IsEssential,
            Services = s => s.Configure<CookiePolicyOptions>(o => o.CheckConsentNeeded = _ => true),
            Before = a => a.UseCookiePolicy(),
        }.StartAsync();

        var response = await app.NewVisitor().UseAsync(app, s => s.SetString("k", "v"));

        Assert.Equal(isSent, response.SetCookies().Count == 1);
    }

    // Rule 1
    [Fact]
    public async Task A_persistent_cookie_is_sent_again_after_a_tenth_of_its_life()
    {
        await using var app = await new SessionApp { Cookie = c => c.MaxAge = TimeSpan.FromMinutes(100) }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));
        var cookie = visitor.Cookie;

        app.Time.Advance(TimeSpan.FromMinutes(9));
        Assert.Empty((await visitor.GetAsync("/")).SetCookies());
        app.Time.Advance(TimeSpan.FromMinutes(2));
        var renewal = await visitor.GetAsync("/");
        Assert.Empty((await visitor.GetAsync("/")).SetCookies());

        Assert.Equal(TimeSpan.FromMinutes(100), Assert.Single(renewal.SetCookies()).MaxAge);
        Assert.Equal("no-cache,no-store", renewal.Header("Cache-Control"));
        Assert.Equal(cookie, visitor.Cookie);
    }

    // Rule 1
    [Fact]
    public async Task Stock_never_sends_a_persistent_cookie_again()
    {
        await using var app = await new SessionApp { Kind = HostKind.Stock, Cookie = c => c.MaxAge = TimeSpan.FromMinutes(100) }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));

        for (var i = 0; i < 10; i++)
        {
            app.Time.Advance(TimeSpan.FromMinutes(11));
            Assert.Empty((await visitor.UseAsync(app, s => s.SetInt32("i", i))).SetCookies());
        }

        Assert.Equal("v", await visitor.AskAsync(app, s => s.GetString("k")));
    }

    // Rule 2
    [Fact]
    public async Task The_value_is_an_opaque_token_of_256_bits()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();

        await visitor.UseAsync(app, s => s.SetString("k", "v"));

        Assert.True(SessionToken.TryParse(visitor.CookieValue, out _));
    }

    // Rule 2: whoever reads it needs the keys that made it.
    [Fact]
    public async Task The_value_of_stock_is_a_guid_under_data_protection()
    {
        await using var app = await new SessionApp { Kind = HostKind.Stock }.StartAsync();
        var visitor = app.NewVisitor();

        await visitor.UseAsync(app, s => s.SetString("k", "v"));

        var value = Uri.UnescapeDataString(visitor.CookieValue!);
        var payload = Convert.FromBase64String(value.PadRight((value.Length + 3) / 4 * 4, '='));
        var text = Encoding.UTF8.GetString(app.Provider.GetDataProtector("SessionMiddleware").Unprotect(payload));
        Assert.True(Guid.TryParse(text, out _));
        Assert.Equal(176, value.Length);
    }

    public static TheoryData<HostKind, string, bool> Uses()
    {
        var data = new TheoryData<HostKind, string, bool>();
        foreach (var kind in Enum.GetValues<HostKind>())
        {
            foreach (var use in (string[])["nothing", "TryGetValue", "Id", "Keys", "IsAvailable", "LoadAsync", "Clear", "Remove"]) data.Add(kind, use, false);
            foreach (var use in (string[])["Set", "Set then Remove", "Set then Clear"]) data.Add(kind, use, true);
        }
        return data;
    }

    // Rule 3
    [Theory, MemberData(nameof(Uses))]
    public async Task Only_Set_makes_the_cookie_be_sent(HostKind kind, string use, bool isSent)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();

        var response = await app.GetAsync(context => UseAsync(context.Session, use));

        Assert.Equal(isSent, response.SetCookies().Count == 1);
    }

    // Rule 3
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task A_request_with_a_valid_session_gets_no_cookie(HostKind kind)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));

        var second = await visitor.UseAsync(app, s => s.SetString("k", "w"));

        Assert.Empty(second.SetCookies());
        Assert.Equal("w", await visitor.AskAsync(app, s => s.GetString("k")));
    }

    // Rule 4
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task The_response_is_not_to_be_cached_exactly_when_the_cookie_is_issued(HostKind kind)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();
        var visitor = app.NewVisitor();

        var issued = await visitor.UseAsync(app, s => s.SetString("k", "v"));
        var later = await visitor.UseAsync(app, s => s.SetString("k", "w"));

        Assert.Equal(("no-cache,no-store", "no-cache", "-1"), (issued.Header("Cache-Control"), issued.Header("Pragma"), issued.Header("Expires")));
        Assert.Equal(((string?)null, (string?)null, (string?)null), (later.Header("Cache-Control"), later.Header("Pragma"), later.Header("Expires")));
    }

    // Rule 4
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task What_the_application_says_about_caching_is_overruled_exactly_when_the_cookie_is_issued(HostKind kind)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();
        var visitor = app.NewVisitor();
        Task Cacheable(HttpContext context)
        {
            context.Session.SetString("k", Guid.NewGuid().ToString());
            context.Response.Headers.CacheControl = "public";
            return Task.CompletedTask;
        }

        var issued = await visitor.GetAsync(app, Cacheable);
        var later = await visitor.GetAsync(app, Cacheable);

        Assert.Equal(("no-cache,no-store", "public"), (issued.Header("Cache-Control"), later.Header("Cache-Control")));
    }

    // Rule 5
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task Set_in_a_response_callback_of_the_application_still_gets_its_cookie(HostKind kind)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();
        var visitor = app.NewVisitor();

        var response = await visitor.GetAsync(app, context =>
        {
            context.Response.OnStarting(() =>
            {
                context.Session.SetString("k", "v");
                return Task.CompletedTask;
            });
            return context.Response.WriteAsync("body");
        });

        Assert.Single(response.SetCookies());
        Assert.Equal("v", await visitor.AskAsync(app, s => s.GetString("k")));
    }

    private static async Task UseAsync(ISession session, string use)
    {
        if (use.StartsWith("Set", StringComparison.Ordinal)) session.SetString("k", "v");
        if (use.EndsWith("Remove", StringComparison.Ordinal)) session.Remove("k");
        if (use.EndsWith("Clear", StringComparison.Ordinal)) session.Clear();
        if (use == "TryGetValue") session.TryGetValue("k", out _);
        if (use == "Id") Assert.NotEmpty(session.Id);
        if (use == "Keys") Assert.Empty(session.Keys);
        if (use == "IsAvailable") Assert.True(session.IsAvailable);
        if (use == "LoadAsync") await session.LoadAsync();
    }
}
