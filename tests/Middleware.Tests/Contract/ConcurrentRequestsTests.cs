using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace HybridSession.Middleware.Tests.Contract;

/// <summary>Rule 22: requests of one session at the same time.</summary>
public class ConcurrentRequestsTests
{
    // Rule 22
    [Theory, InlineData(HostKind.Stock, new[] { "k", "slow" }), InlineData(HostKind.Hybrid, new[] { "fast", "k", "slow" })]
    public async Task A_request_that_ends_later_undoes_no_other_where_stock_keeps_its_copy_only(HostKind kind, string[] kept)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));

        await visitor.GetAsync(app, async context =>
        {
            context.Session.SetString("slow", "1");
            await visitor.At(app).UseAsync(app, s => s.SetString("fast", "2"));
        });

        Assert.Equal(kept, await visitor.AskAsync(app, s => s.Keys.Order().ToArray()));
    }

    // Rule 22
    [Theory, InlineData(HostKind.Stock, new[] { "late", "user" }), InlineData(HostKind.Hybrid, new[] { "late" })]
    public async Task A_request_that_ends_later_does_not_bring_back_what_another_cleared_as_it_does_with_stock(HostKind kind, string[] kept)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("user", "ann"));

        await visitor.GetAsync(app, async context =>
        {
            Assert.Equal("ann", context.Session.GetString("user"));
            await visitor.At(app).UseAsync(app, s => s.Clear());
            context.Session.SetString("late", "write");
        });

        Assert.Equal(kept, await visitor.AskAsync(app, s => s.Keys.Order().ToArray()));
    }

    // Rule 22
    [Fact]
    public async Task Concurrent_requests_of_one_session_lose_no_key()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));

        await Task.WhenAll(Enumerable.Range(0, 50).Select(i =>
        {
            var other = app.NewVisitor();
            other.Cookie = visitor.Cookie;
            return Task.Run(() => other.UseAsync(app, s => s.SetInt32($"key{i}", i)));
        }));

        Assert.Equal(51, await visitor.AskAsync(app, s => s.Keys.Count()));
    }

    // Rule 22
    [Fact]
    public async Task A_slow_writer_does_not_bring_back_a_removed_session()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("user", "ann"));
        var (token, slow) = (visitor.Cookie, app.NewVisitor());
        slow.Cookie = token;

        await slow.GetAsync(app, async context =>
        {
            await visitor.GetAsync(app, c => c.GetHybridSession().AbandonAsync());
            context.Session.SetString("late", "write");
        });

        var thief = app.NewVisitor();
        thief.Cookie = token;
        Assert.Empty(await thief.AskAsync(app, s => s.Keys.ToArray()));
        await using var cold = await app.RestartAsync();
        thief = cold.NewVisitor();
        thief.Cookie = token;
        Assert.Equal(SessionOrigin.Unknown, await thief.AskAsync(cold, s => ((IHybridSession)s).Origin));
    }
}
