using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace HybridSession.Middleware.Tests.Contract;

/// <summary>Rule 6: a cookie that is none, and a token without a session.</summary>
public class UnknownTokenTests
{
    // Rule 6
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task A_garbage_cookie_is_a_new_session_and_a_warning(HostKind kind)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();
        var visitor = app.NewVisitor();
        visitor.Cookie = $"{app.CookieName}=not-a-token";

        var response = await visitor.UseAsync(app, s => s.SetString("k", "v"));

        Assert.True(response.IsSuccessStatusCode);
        Assert.Single(response.SetCookies());
        Assert.Single(app.Logs.Lines, l => l.Level == LogLevel.Warning && l.Category.Contains("SessionMiddleware", StringComparison.Ordinal));
        Assert.Equal("v", await visitor.AskAsync(app, s => s.GetString("k")));
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
    [Theory, InlineData(HostKind.Stock, true), InlineData(HostKind.Hybrid, false)]
    public async Task The_token_of_an_expired_session_is_used_again_by_stock_and_not_by_ours(HostKind kind, bool isAdopted)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));
        var old = visitor.CookieValue;

        app.Time.Advance(TimeSpan.FromMinutes(21));
        await visitor.UseAsync(app, s => s.SetString("other", "w"));

        Assert.Equal(isAdopted, old == visitor.CookieValue);
        Assert.Equal(["other"], await visitor.AskAsync(app, s => s.Keys.ToArray()));
    }
}
