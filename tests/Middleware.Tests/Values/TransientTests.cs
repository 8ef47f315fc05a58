using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Http;

namespace HybridSession.Middleware.Tests.Values;

public class TransientTests
{
    [Fact]
    public async Task Later_requests_of_the_session_find_the_same_object_and_the_store_hears_nothing()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetInt32("n", 1));
        app.Faults.Forget();
        var made = 0;

        object Make(ISession s) => ((IHybridSession)s).Transient.GetOrAdd("report", () =>
        {
            made++;
            return new object();
        });
        var first = await visitor.AskAsync(app, Make);
        var second = await visitor.AskAsync(app, Make);

        Assert.Same(first, second);
        Assert.Equal(1, made);
        Assert.Equal(["n"], await visitor.AskAsync(app, s => s.Keys.ToArray()));
        Assert.Empty(app.StoreCalls);
    }

    [Fact]
    public async Task They_do_not_establish_a_new_session()
    {
        await using var app = await new SessionApp().StartAsync();

        var response = await app.GetAsync(context =>
        {
            context.GetHybridSession().Transient.Set("k", 1);
            Assert.True(context.GetHybridSession().Transient.TryGet<int>("k", out _));
            return Task.CompletedTask;
        });

        Assert.Empty(response.SetCookies());
        Assert.Empty(app.StoreCalls);
    }

    [Fact]
    public async Task They_stay_with_a_new_token_and_end_with_the_session()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s =>
        {
            s.SetInt32("n", 1);
            ((IHybridSession)s).Transient.Set("k", 1);
        });

        await visitor.GetAsync(app, context => context.GetHybridSession().RegenerateIdAsync());
        Assert.Equal(1, await visitor.AskAsync(app, s => ((IHybridSession)s).Transient.Count));

        await visitor.GetAsync(app, async context =>
        {
            await context.GetHybridSession().AbandonAsync();
            Assert.Equal(0, context.GetHybridSession().Transient.Count);
        });
    }

    [Fact]
    public async Task Another_node_has_its_own()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s =>
        {
            s.SetInt32("n", 1);
            ((IHybridSession)s).Transient.Set("k", 1);
        });
        await using var peer = await app.StartPeerAsync();
        var there = peer.NewVisitor();
        there.Cookie = visitor.Cookie;

        Assert.Equal((1, 0), await there.AskAsync(peer, s => (s.GetInt32("n"), ((IHybridSession)s).Transient.Count)));
    }

    [Fact]
    public async Task They_are_not_held_back_for_a_request_that_throws()
    {
        await using var app = await new SessionApp { Options = o => o.CommitOnException = false }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetInt32("n", 1));

        await Assert.ThrowsAsync<NotSupportedException>(() => visitor.UseAsync(app, s =>
        {
            s.SetInt32("n", 2);
            ((IHybridSession)s).Transient.Set("k", 1);
            throw new NotSupportedException();
        }));

        Assert.Equal((1, 1), await visitor.AskAsync(app, s => (s.GetInt32("n"), ((IHybridSession)s).Transient.Count)));
    }

    [Fact]
    public async Task MaxTransientKeys_is_their_bound()
    {
        await using var app = await new SessionApp { Options = o => o.MaxTransientKeys = 2 }.StartAsync();

        await app.GetAsync(context =>
        {
            var transient = context.GetHybridSession().Transient;
            transient.Set("a", 1);
            transient.Set("b", 1);
            var refused = Assert.Throws<SessionLimitException>(() => transient.Set("secret", 1));
            Assert.Contains("MaxTransientKeys is 2", refused.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("secret", refused.Message, StringComparison.Ordinal);
            return Task.CompletedTask;
        });
    }
}
