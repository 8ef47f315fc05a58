using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HybridSession.Middleware.Tests;

public class HybridSessionApiTests
{
    [Fact]
    public async Task Origin_is_the_store_for_the_request_that_loads_and_memory_for_those_after_it()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        Assert.Equal(SessionOrigin.NoToken, await visitor.AskAsync(app, s => ((IHybridSession)s).Origin));
        await visitor.UseAsync(app, s => s.SetString("k", "v"));
        await using var cold = await app.RestartAsync();
        var returning = visitor.At(cold);

        Assert.Equal(SessionOrigin.Store, await returning.AskAsync(cold, s => ((IHybridSession)s).Origin));
        Assert.Equal(SessionOrigin.Memory, await returning.AskAsync(cold, s => ((IHybridSession)s).Origin));
    }

    [Fact]
    public async Task RegenerateIdAsync_gives_another_token_and_id_and_keeps_the_content()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("cart", "3"));
        var (token, id) = (visitor.CookieValue, await visitor.AskAsync(app, s => s.Id));

        var response = await visitor.GetAsync(app, async context =>
        {
            await context.GetHybridSession().RegenerateIdAsync();
            context.Session.SetString("user", "ann");
        });

        Assert.Single(response.SetCookies());
        Assert.NotEqual(token, visitor.CookieValue);
        Assert.NotEqual(id, await visitor.AskAsync(app, s => s.Id));
        Assert.Equal(["cart", "user"], await visitor.AskAsync(app, s => s.Keys.Order().ToArray()));
    }

    [Fact]
    public async Task After_RegenerateIdAsync_the_old_token_opens_nothing_and_its_late_requests_set_no_cookie()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("user", "ann"));
        var late = app.NewVisitor();
        late.Cookie = visitor.Cookie;
        await visitor.GetAsync(app, context => context.GetHybridSession().RegenerateIdAsync());

        var origin = SessionOrigin.Memory;
        string[] keys = [];
        var response = await late.UseAsync(app, s =>
        {
            (origin, keys) = (((IHybridSession)s).Origin, s.Keys.ToArray());
            s.SetString("late", "write");
            Assert.Equal("write", s.GetString("late"));
        });

        Assert.Equal(SessionOrigin.Replaced, origin);
        Assert.Empty(keys);
        Assert.Empty(response.SetCookies());
        Assert.Equal(["user"], await visitor.AskAsync(app, s => s.Keys.ToArray()));
    }

    [Fact]
    public async Task RegenerateIdAsync_before_the_first_Set_needs_no_store()
    {
        await using var app = await new SessionApp().StartAsync();

        var response = await app.GetAsync(context => context.GetHybridSession().RegenerateIdAsync());

        Assert.Empty(response.SetCookies());
        Assert.Empty(app.StoreCalls);
    }

    [Fact]
    public async Task RegenerateIdAsync_after_the_response_started_says_what_to_do()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("user", "ann"));
        Exception? thrown = null;

        await visitor.GetAsync(app, async context =>
        {
            await context.Response.WriteAsync("body");
            thrown = await Record.ExceptionAsync(() => context.GetHybridSession().RegenerateIdAsync());
        });

        Assert.Contains("Call RegenerateIdAsync before anything is written", Assert.IsType<InvalidOperationException>(thrown).Message, StringComparison.Ordinal);
        Assert.Equal("ann", await visitor.AskAsync(app, s => s.GetString("user")));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task AbandonAsync_removes_the_session_and_the_cookie(bool isPersistent)
    {
        await using var app = await new SessionApp { Cookie = c => c.MaxAge = isPersistent ? TimeSpan.FromDays(1) : null }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("user", "ann"));
        var cookie = visitor.Cookie;

        var response = await visitor.GetAsync(app, context => context.GetHybridSession().AbandonAsync());

        var deleted = Assert.Single(response.SetCookies());
        Assert.Equal((0, "/", null, 1970), (deleted.Value.Length, deleted.Path, deleted.MaxAge, deleted.Expires?.Year));
        Assert.Null(visitor.Cookie);
        Assert.Contains("Remove", app.StoreCalls);
        visitor.Cookie = cookie;
        Assert.Equal((SessionOrigin.Removed, 0), await visitor.AskAsync(app, s => (((IHybridSession)s).Origin, s.Keys.Count())));
    }

    [Fact]
    public async Task Set_after_AbandonAsync_begins_another_session()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("user", "ann"));
        var cookie = visitor.Cookie;

        await visitor.GetAsync(app, async context =>
        {
            await context.GetHybridSession().AbandonAsync();
            Assert.True(context.GetHybridSession().IsNew);
            context.Session.SetString("notice", "bye");
        });

        Assert.NotEqual(cookie, visitor.Cookie);
        Assert.Equal(["notice"], await visitor.AskAsync(app, s => s.Keys.ToArray()));
    }

    [Fact]
    public async Task AbandonAsync_deletes_the_cookie_also_when_the_store_is_away()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("user", "ann"));
        await using var cold = await app.RestartAsync();
        var returning = cold.NewVisitor();
        returning.Cookie = visitor.Cookie;
        cold.Faults.Fails = true;
        Exception? thrown = null;

        await returning.GetAsync(cold, async context => thrown = await Record.ExceptionAsync(() => context.GetHybridSession().AbandonAsync()));

        Assert.IsType<BackingStoreException>(thrown);
        Assert.Null(returning.Cookie);
    }

    [Fact]
    public async Task AbandonAsync_after_the_response_started_removes_the_session_all_the_same()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("user", "ann"));

        await visitor.GetAsync(app, async context =>
        {
            await context.Response.WriteAsync("body");
            await context.GetHybridSession().AbandonAsync();
        });

        Assert.Equal(SessionOrigin.Removed, await visitor.AskAsync(app, s => ((IHybridSession)s).Origin));
    }

    [Fact]
    public async Task CommitAsync_at_write_behind_waits_for_nothing()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));
        app.Faults.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var completed = false;

        await visitor.GetAsync(app, context =>
        {
            context.Session.SetString("k", "w");
            completed = context.GetHybridSession().CommitAsync(Durability.WriteBehind).IsCompletedSuccessfully;
            return Task.CompletedTask;
        });
        app.Faults.Gate.SetResult();

        Assert.True(completed);
    }

    [Fact]
    public async Task An_unavailable_session_refuses_explicit_commits_and_new_tokens()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));
        await using var cold = await app.RestartAsync();
        var returning = cold.NewVisitor();
        returning.Cookie = visitor.Cookie;
        cold.Faults.Fails = true;

        await returning.GetAsync(cold, async context =>
        {
            await Assert.ThrowsAsync<BackingStoreException>(() => context.Session.CommitAsync());
            await Assert.ThrowsAsync<BackingStoreException>(() => context.GetHybridSession().RegenerateIdAsync());
        });

        Assert.Equal(visitor.Cookie, returning.Cookie);
    }

    [Fact]
    public async Task Another_transport_takes_the_place_of_the_cookie()
    {
        await using var app = await new SessionApp { Services = s => s.AddSingleton<ISessionTokenTransport, HeaderTokenTransport>() }.StartAsync();
        app.Routes["/"] = context =>
        {
            context.Session.SetInt32("n", (context.Session.GetInt32("n") ?? 0) + 1);
            return context.Response.WriteAsync($"{context.Session.GetInt32("n")}");
        };
        using var client = app.NewClient();

        var first = await client.GetAsync("/");
        client.DefaultRequestHeaders.Add(HeaderTokenTransport.Name, first.Header(HeaderTokenTransport.Name));
        var second = await client.GetAsync("/");

        Assert.Empty(first.SetCookies());
        Assert.Equal("2", await second.Content.ReadAsStringAsync());
    }
}
