using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace HybridSession.Middleware.Tests;

public class CookieTests
{
    // Rule 1
    [Fact]
    public async Task The_cookie_has_its_own_name_and_the_attributes_of_the_stock_cookie()
    {
        await using var app = await new SessionApp().StartAsync();

        var response = await app.NewVisitor().UseAsync(app, s => s.SetString("k", "v"));

        var header = response.Header("Set-Cookie")!;
        Assert.StartsWith(".HybridSession=", header);
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
    [Theory, InlineData("http", false), InlineData("https", true)]
    public async Task The_cookie_is_secure_when_the_request_is(string scheme, bool secure)
    {
        await using var app = await new SessionApp().StartAsync();
        using var client = app.NewClient();
        client.BaseAddress = new Uri($"{scheme}://localhost/");

        var response = await new Visitor(client).UseAsync(app, s => s.SetString("k", "v"));

        Assert.Equal(secure, Assert.Single(response.SetCookies()).Secure);
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

    // Rule 2
    [Fact]
    public async Task The_value_is_an_opaque_token_of_256_bits()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();

        await visitor.UseAsync(app, s => s.SetString("k", "v"));

        Assert.True(SessionToken.TryParse(visitor.CookieValue, out _));
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

    // Rule 5
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task Set_in_a_response_callback_of_the_application_still_gets_its_cookie(HostKind kind)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();

        var response = await app.GetAsync(context =>
        {
            context.Response.OnStarting(() =>
            {
                context.Session.SetString("k", "v");
                return Task.CompletedTask;
            });
            return context.Response.WriteAsync("body");
        });

        Assert.Single(response.SetCookies());
    }

    // Rule 6
    [Fact]
    public async Task A_garbage_cookie_makes_a_new_session_and_one_warning_a_minute_and_no_store_call()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();

        for (var i = 0; i < 5; i++)
        {
            visitor.Cookie = ".HybridSession=not-a-token";
            Assert.Equal(SessionOrigin.Malformed, await visitor.AskAsync(app, s => ((IHybridSession)s).Origin));
        }
        var first = Assert.Single(app.Logs.Of(3000));
        app.Time.Advance(TimeSpan.FromMinutes(1));
        await visitor.GetAsync("/");

        Assert.Empty(app.StoreCalls);
        Assert.Equal(LogLevel.Warning, first.Level);
        Assert.Equal(2, app.Logs.Of(3000).Count());
        Assert.StartsWith("5 requests", app.Logs.Of(3000).Last().Text);
    }

    // Rule 6
    [Fact]
    public async Task A_token_that_nobody_issued_is_never_adopted()
    {
        await using var app = await new SessionApp().StartAsync();
        var chosen = SessionToken.Create().Encode();
        var visitor = app.NewVisitor();
        visitor.Cookie = $".HybridSession={chosen}";

        var origin = SessionOrigin.Memory;
        await visitor.UseAsync(app, s =>
        {
            origin = ((IHybridSession)s).Origin;
            s.SetString("k", "v");
        });

        Assert.Equal(SessionOrigin.Unknown, origin);
        Assert.NotEqual(chosen, visitor.CookieValue);
        Assert.Equal("v", await visitor.AskAsync(app, s => s.GetString("k")));
    }

    // Rule 6
    [Fact]
    public async Task The_token_of_an_expired_session_is_not_used_again()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));
        var old = visitor.CookieValue;

        app.Time.Advance(TimeSpan.FromMinutes(21));
        await visitor.UseAsync(app, s => s.SetString("other", "w"));

        Assert.NotEqual(old, visitor.CookieValue);
        Assert.Equal(["other"], await visitor.AskAsync(app, s => s.Keys.ToArray()));
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
