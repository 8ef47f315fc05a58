using System.Globalization;
using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace HybridSession.Middleware.Tests;

/// <summary>Sessions whose times differ from the site's (20 minutes, 12 hours at most, a cookie that ends with the browser), and endpoints that leave them alone.</summary>
public class LifetimeTests
{
    private static readonly TimeSpan Month = TimeSpan.FromDays(30);

    [Theory, InlineData(true), InlineData(false)]
    public async Task A_remembered_session_outlives_the_others_and_a_restart_and_its_cookie_the_browser(bool commitOnException)
    {
        await using var first = await new SessionApp { Options = o => o.CommitOnException = commitOnException }.StartAsync();
        var before = first.NewVisitor();

        var response = await before.GetAsync(first, context =>
        {
            context.Session.SetString("k", "v");
            context.GetHybridSession().Remember(Month, TimeSpan.FromDays(90));
            return Task.CompletedTask;
        });
        Assert.Equal(Month, Assert.Single(response.SetCookies()).MaxAge);

        await using var second = await first.RestartAsync();
        var visitor = second.NewVisitor();
        visitor.Cookie = before.Cookie;
        Assert.Equal((Month, TimeSpan.FromDays(90), Month), await TimesAsync(second, visitor));
        for (var day = 29; day < 90; day += 29)
        {
            first.Time.Advance(TimeSpan.FromDays(29));
            Assert.Equal("v", await visitor.AskAsync(second, s => s.GetString("k")));
            // The row is to know before so much time passes at once.
            await visitor.GetAsync(second, context =>
            {
                context.Session.SetInt32("day", day);
                return context.Session.CommitAsync();
            });
        }

        first.Time.Advance(TimeSpan.FromDays(3));
        Assert.Equal(SessionOrigin.AbsoluteExpired, await OriginAsync(second, visitor));
    }

    [Fact]
    public async Task A_remembered_session_that_is_in_use_is_given_its_cookie_again()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        await SetAsync(app, visitor, s =>
        {
            s.SetString("k", "v");
            s.Remember(Month, Timeout.InfiniteTimeSpan);
        });

        app.Time.Advance(TimeSpan.FromDays(2));
        Assert.Empty((await visitor.UseAsync(app, s => s.GetString("k"))).SetCookies());
        app.Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(Month, Assert.Single((await visitor.UseAsync(app, s => s.GetString("k"))).SetCookies()).MaxAge);
    }

    [Fact]
    public async Task A_session_that_is_forgotten_again_ends_with_the_browser_and_as_the_others_do()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        await SetAsync(app, visitor, s =>
        {
            s.SetString("k", "v");
            s.Remember(Month, Month);
        });

        var response = await SetAsync(app, visitor, s => s.Forget());

        Assert.Null(Assert.Single(response.SetCookies()).MaxAge);
        Assert.Equal((null, null, null), await TimesAsync(app, visitor));
        app.Time.Advance(TimeSpan.FromMinutes(20));
        Assert.Equal(SessionOrigin.IdleExpired, await OriginAsync(app, visitor));
    }

    [Fact]
    public async Task Times_alone_establish_no_session()
    {
        await using var app = await new SessionApp().StartAsync();

        var response = await SetAsync(app, app.NewVisitor(), s => s.Remember(Month, Month));

        Assert.Empty(response.SetCookies());
        Assert.DoesNotContain("Flush", app.StoreCalls);
    }

    [Fact]
    public async Task A_new_token_keeps_the_times()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        await SetAsync(app, visitor, s =>
        {
            s.SetString("k", "v");
            s.Remember(Month, Month);
        });

        var response = await visitor.GetAsync(app, context => context.GetHybridSession().RegenerateIdAsync());

        Assert.Equal(Month, Assert.Single(response.SetCookies()).MaxAge);
        Assert.Equal((Month, Month, Month), await TimesAsync(app, visitor));
    }

    [Theory]
    [InlineData("00:00:00.9990000")]
    [InlineData("-00:00:01")]
    [InlineData("400.00:00:00.0010000")]
    public async Task A_time_outside_its_range_is_refused_and_changes_nothing(string text)
    {
        var time = TimeSpan.Parse(text, CultureInfo.InvariantCulture);
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        await SetAsync(app, visitor, s =>
        {
            s.SetString("k", "v");
            s.IdleTimeout = TimeSpan.FromHours(1);
            Assert.Throws<ArgumentOutOfRangeException>(() => s.IdleTimeout = time);
            Assert.Throws<ArgumentOutOfRangeException>(() => s.AbsoluteLifetime = time);
            Assert.Throws<ArgumentOutOfRangeException>(() => s.CookieMaxAge = time);
            Assert.Throws<ArgumentOutOfRangeException>(() => s.Remember(TimeSpan.FromDays(1), TimeSpan.FromHours(1)));
            Assert.Throws<ArgumentOutOfRangeException>(() => s.Remember(TimeSpan.FromDays(1), TimeSpan.FromDays(401)));
        });

        Assert.Equal((TimeSpan.FromHours(1), null, null), await TimesAsync(app, visitor));
    }

    [Fact]
    public async Task An_endpoint_that_does_not_extend_sees_and_changes_the_session_and_leaves_its_end_where_it_was()
    {
        await using var app = await new SessionApp { Before = a => a.UseRouting(), After = MapPolling }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetInt32("n", 0));

        for (var minute = 5; minute < 20; minute += 5)
        {
            app.Time.Advance(TimeSpan.FromMinutes(5));
            Assert.Equal($"{minute / 5}", await (await visitor.GetAsync("/poll")).Content.ReadAsStringAsync());
        }

        app.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(SessionOrigin.IdleExpired, await OriginAsync(app, visitor));
    }

    [Fact]
    public async Task An_endpoint_in_a_group_that_does_not_extend_may_extend()
    {
        await using var app = await new SessionApp { Before = a => a.UseRouting(), After = MapPolling }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetInt32("n", 0));

        app.Time.Advance(TimeSpan.FromMinutes(15));
        await visitor.GetAsync("/background/work");
        app.Time.Advance(TimeSpan.FromMinutes(15));

        Assert.Equal(0, await visitor.AskAsync(app, s => s.GetInt32("n")));
    }

    private static void MapPolling(IApplicationBuilder app) => app.UseEndpoints(endpoints =>
    {
        endpoints.MapGet("/poll", (HttpContext context) =>
        {
            var n = context.Session.GetInt32("n") + 1;
            context.Session.SetInt32("n", n!.Value);
            return context.Response.WriteAsync($"{n}");
        }).WithSession(extends: false);
        var background = endpoints.MapGroup("/background").WithSession(extends: false);
        background.MapGet("/work", (HttpContext context) => context.Response.WriteAsync($"{context.Session.GetInt32("n")}")).WithSession(extends: true);
    });

    private static Task<HttpResponseMessage> SetAsync(SessionApp app, Visitor visitor, Action<IHybridSession> change) => visitor.GetAsync(app, context =>
    {
        change(context.GetHybridSession());
        return Task.CompletedTask;
    });

    private static async Task<(TimeSpan?, TimeSpan?, TimeSpan?)> TimesAsync(SessionApp app, Visitor visitor)
    {
        (TimeSpan?, TimeSpan?, TimeSpan?) times = default;
        await SetAsync(app, visitor, s => times = (s.IdleTimeout, s.AbsoluteLifetime, s.CookieMaxAge));
        return times;
    }

    private static async Task<SessionOrigin> OriginAsync(SessionApp app, Visitor visitor)
    {
        var origin = SessionOrigin.NoToken;
        await SetAsync(app, visitor, s => origin = s.Origin);
        return origin;
    }
}
