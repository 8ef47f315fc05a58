using HybridSession.Core.Tests.Doubles;
using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Http;

namespace HybridSession.Middleware.Tests.Values;

public class PopTests
{
    [Fact]
    public async Task Of_two_parallel_requests_exactly_one_gets_the_value()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        for (var round = 0; round < 50; round++)
        {
            await visitor.UseAsync(app, s => s.Set("ticket", [1]));
            using var start = new Barrier(2);

            var got = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
            {
                var other = app.NewVisitor();
                other.Cookie = visitor.Cookie;
                return await other.AskAsync(app, s =>
                {
                    Assert.True(start.SignalAndWait(Waiting.Patience));
                    return ((IHybridSession)s).TryPop("ticket", out byte[]? bytes) && bytes is [1];
                });
            })));

            Assert.Single(got, static it => it);
        }
    }

    [Fact]
    public async Task A_popped_value_does_not_come_back_after_a_restart()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s =>
        {
            s.SetString("ticket", "t");
            s.SetString("other", "o");
        });

        Assert.Equal("t", await visitor.AskAsync(app, s => ((IHybridSession)s).Pop<string>("ticket")));
        await using var cold = await app.RestartAsync();
        var returning = cold.NewVisitor();
        returning.Cookie = visitor.Cookie;

        Assert.Equal(["other"], await returning.AskAsync(cold, s => s.Keys.ToArray()));
    }

    [Fact]
    public async Task At_Durable_the_value_is_gone_from_the_store_before_the_response()
    {
        await using var app = await new SessionApp { Options = o => o.Durability = Durability.Durable }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("ticket", "t"));
        app.Faults.Forget();

        await visitor.UseAsync(app, s => Assert.True(((IHybridSession)s).TryPop("ticket", out _)));

        Assert.Equal(["Flush"], app.StoreCalls);
    }

    [Fact]
    public async Task Popping_from_a_new_session_finds_nothing_and_establishes_none()
    {
        await using var app = await new SessionApp().StartAsync();

        var response = await app.GetAsync(context =>
        {
            Assert.False(context.GetHybridSession().TryPop("k", out var bytes));
            Assert.Null(bytes);
            Assert.Equal(0, context.GetHybridSession().Pop<int>("k"));
            return Task.CompletedTask;
        });

        Assert.Empty(response.SetCookies());
        Assert.Empty(app.StoreCalls);
    }

    [Fact]
    public async Task A_value_of_another_type_is_removed_all_the_same()
    {
        await using var app = await new SessionApp { Options = o => o.Json.TypeInfoResolverChain.Add(ShopJson.Default) }.StartAsync();

        await app.GetAsync(context =>
        {
            var session = context.GetHybridSession();
            session.SetString("cart", "not json");
            session.SetString("n", "not a number");

            Assert.Throws<SessionValueException>(() => session.Pop<Cart>("cart"));
            Assert.Throws<SessionValueException>(() => session.TryPop<int>("n", out _));

            Assert.Empty(session.Keys);
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task With_type_info_any_type_is_popped()
    {
        await using var app = await new SessionApp().StartAsync();

        await app.GetAsync(context =>
        {
            var session = context.GetHybridSession();
            session.Set("a", new Cart("ann", []), ShopJson.Default.Cart);
            session.Set("b", new Cart("ben", []), ShopJson.Default.Cart);

            Assert.Equal("ann", session.Pop("a", ShopJson.Default.Cart)!.Owner);
            Assert.True(session.TryPop("b", ShopJson.Default.Cart, out var cart));
            Assert.Equal("ben", cart.Owner);
            Assert.False(session.TryPop("b", ShopJson.Default.Cart, out _));
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task Without_CommitOnException_a_request_that_throws_leaves_the_value_and_one_that_does_not_removes_it()
    {
        await using var app = await new SessionApp { Options = o => o.CommitOnException = false }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("ticket", "t"));

        await Assert.ThrowsAsync<NotSupportedException>(() => visitor.UseAsync(app, s =>
        {
            Assert.Equal("t", ((IHybridSession)s).Pop<string>("ticket"));
            Assert.Null(((IHybridSession)s).Pop<string>("ticket"));
            throw new NotSupportedException();
        }));

        Assert.Equal("t", await visitor.AskAsync(app, s => ((IHybridSession)s).Pop<string>("ticket")));
        Assert.Null(await visitor.AskAsync(app, s => s.GetString("ticket")));
    }

    [Fact]
    public async Task Without_CommitOnException_a_newer_value_of_another_request_stays()
    {
        await using var app = await new SessionApp { Options = o => o.CommitOnException = false }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("ticket", "old"));
        var other = app.NewVisitor();
        other.Cookie = visitor.Cookie;

        await visitor.GetAsync(app, async context =>
        {
            Assert.True(context.GetHybridSession().TryPop("ticket", out var bytes));
            bytes.AsSpan().Clear();
            await other.UseAsync(app, s => s.SetString("ticket", "new"));
        });

        Assert.Equal("new", await visitor.AskAsync(app, s => s.GetString("ticket")));
    }

    [Fact]
    public async Task Without_CommitOnException_what_another_request_has_removed_meanwhile_stays_removed()
    {
        await using var app = await new SessionApp { Options = o => o.CommitOnException = false }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("ticket", "t"));
        var other = app.NewVisitor();
        other.Cookie = visitor.Cookie;

        await visitor.GetAsync(app, async context =>
        {
            Assert.True(context.GetHybridSession().TryPop("ticket", out _));
            await other.UseAsync(app, s => s.Remove("ticket"));
        });

        Assert.Empty(await visitor.AskAsync(app, s => s.Keys.ToArray()));
    }
}
