using System.Text;
using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace HybridSession.Middleware.Tests;

public class SessionObjectTests
{
    // Rule 7
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task The_id_is_not_the_token_and_is_stable_across_requests(HostKind kind)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();
        var visitor = app.NewVisitor();

        var first = await visitor.AskAsync(app, s =>
        {
            s.SetString("k", "v");
            return s.Id;
        });
        var second = await visitor.AskAsync(app, s => s.Id);
        await using var cold = await app.RestartAsync();

        Assert.NotEmpty(first);
        Assert.Equal(first, second);
        Assert.DoesNotContain(first, visitor.Cookie, StringComparison.Ordinal);
        if (kind == HostKind.Hybrid)
        {
            var returning = cold.NewVisitor();
            returning.Cookie = visitor.Cookie;
            Assert.Equal(first, await returning.AskAsync(cold, s => s.Id));
        }
    }

    // Rule 8
    [Fact]
    public async Task A_session_that_is_not_hot_is_loaded_once_before_the_application_runs()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));
        await using var cold = await app.RestartAsync();
        var returning = cold.NewVisitor();
        returning.Cookie = visitor.Cookie;
        List<string> callsBefore = [];

        await returning.GetAsync(cold, async context =>
        {
            callsBefore = [.. cold.StoreCalls];
            var session = context.Session;
            Assert.True(session.IsAvailable);
            await session.LoadAsync();
            Assert.Equal("v", session.GetString("k"));
            Assert.Equal(SessionOrigin.Store, context.GetHybridSession().Origin);
        });

        Assert.Equal(["Load"], callsBefore);
        Assert.Equal(["Load"], cold.StoreCalls);
        Assert.Equal(SessionOrigin.Memory, await returning.AskAsync(cold, s => ((IHybridSession)s).Origin));
    }

    // Rule 9
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task A_session_that_cannot_be_loaded_is_empty_and_ignores_changes(HostKind kind)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));
        await using var cold = await app.RestartAsync();
        var returning = cold.NewVisitor();
        returning.Cookie = visitor.Cookie;
        cold.Faults.Fails = true;

        var response = await returning.UseAsync(cold, session =>
        {
            Assert.False(session.IsAvailable);
            Assert.Equal("", session.Id);
            Assert.Empty(session.Keys);
            Assert.False(session.TryGetValue("k", out _));
            session.Set("k", [1]);
            session.Remove("k");
            session.Clear();
            Assert.Empty(session.Keys);
        });

        Assert.True(response.IsSuccessStatusCode);
        Assert.Empty(response.SetCookies());
        Assert.Equal(visitor.Cookie, returning.Cookie);
        Assert.Contains(cold.Logs.Lines, l => l.Level == LogLevel.Error && l.Exception is BackingStoreException);
        if (kind == HostKind.Hybrid) Assert.Single(cold.Logs.Of(3001));
    }

    // Rule 9
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task LoadAsync_throws_the_exception_of_the_store(HostKind kind)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));
        await using var cold = await app.RestartAsync();
        var returning = cold.NewVisitor();
        returning.Cookie = visitor.Cookie;
        cold.Faults.Fails = true;
        Exception? thrown = null;

        await returning.GetAsync(cold, async context => thrown = await Record.ExceptionAsync(() => context.Session.LoadAsync()));

        Assert.IsType<BackingStoreException>(thrown);
    }

    // Rule 9
    [Fact]
    public async Task After_a_failed_load_the_session_is_there_again_when_the_store_is()
    {
        await using var app = await new SessionApp { Options = o => o.Resilience.MinimumThroughput = 100 }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));
        await using var cold = await app.RestartAsync();
        var returning = cold.NewVisitor();
        returning.Cookie = visitor.Cookie;

        cold.Faults.Fails = true;
        Assert.Equal(SessionOrigin.StoreUnavailable, await returning.AskAsync(cold, s => ((IHybridSession)s).Origin));
        cold.Faults.Fails = false;

        Assert.Equal("v", await returning.AskAsync(cold, s => s.GetString("k")));
    }

    // Rule 9
    [Fact]
    public async Task LoadAsync_throws_OperationCanceledException_when_the_load_timed_out()
    {
        await using var app = await new SessionApp { NeverExpires = true }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));
        await using var cold = await app.RestartAsync();
        var returning = cold.NewVisitor();
        returning.Cookie = visitor.Cookie;
        cold.Faults.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        Exception? thrown = null;
        await cold.AdvanceUntil(returning.GetAsync(cold, async context => thrown = await Record.ExceptionAsync(() => context.Session.LoadAsync())));
        cold.Faults.Gate.SetResult();

        Assert.True(thrown is OperationCanceledException or BackingStoreException, thrown?.ToString());
    }

    // Rule 9
    [Fact]
    public async Task With_Fail503_a_request_whose_session_cannot_be_loaded_is_refused()
    {
        await using var app = await new SessionApp { Options = o => o.OnUnavailable = UnavailableBehavior.Fail503 }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));
        await using var cold = await app.RestartAsync();
        var returning = cold.NewVisitor();
        returning.Cookie = visitor.Cookie;
        cold.Faults.Fails = true;
        var ran = false;

        var response = await returning.UseAsync(cold, _ => ran = true);

        Assert.Equal((503, "1", false), ((int)response.StatusCode, response.Header("Retry-After"), ran));
    }

    // Rule 10
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task Set_refuses_null_and_keys_beyond_65535_bytes_and_takes_empty_ones(HostKind kind)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();
        var visitor = app.NewVisitor();

        await visitor.UseAsync(app, s =>
        {
            Assert.Equal("value", Assert.Throws<ArgumentNullException>(() => s.Set("k", null!)).ParamName);
            Assert.Throws<ArgumentNullException>(() => s.Set(null!, []));
            Assert.Equal("key", Assert.Throws<ArgumentOutOfRangeException>(() => s.Set(new string('ä', 32_768), [])).ParamName);
            s.Set("", []);
            s.Set(new string('k', 65_535), [7]);
        });

        Assert.Equal((byte[])[], await visitor.AskAsync(app, s => s.Get("")));
        Assert.Equal((byte[])[7], await visitor.AskAsync(app, s => s.Get(new string('k', 65_535))));
    }

    // Rule 11
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task A_new_session_cannot_be_established_after_the_response_has_started(HostKind kind)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();
        Exception? thrown = null;

        await app.GetAsync(async context =>
        {
            await context.Response.WriteAsync("body");
            context.Session.Remove("k");
            context.Session.Clear();
            thrown = Record.Exception(() => context.Session.SetString("k", "v"));
        });

        Assert.Equal("The session cannot be established after the response has started.", Assert.IsType<InvalidOperationException>(thrown).Message);
    }

    // Rule 11
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task An_existing_session_may_be_changed_after_the_response_has_started(HostKind kind)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));

        await visitor.GetAsync(app, async context =>
        {
            await context.Response.WriteAsync("body");
            context.Session.SetString("k", "late");
        });

        Assert.Equal("late", await visitor.AskAsync(app, s => s.GetString("k")));
    }

    // Rule 12
    [Fact]
    public async Task A_caller_cannot_corrupt_the_session_by_writing_into_what_it_gave_or_got()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();

        await visitor.UseAsync(app, s =>
        {
            byte[] given = [1, 2, 3];
            s.Set("k", given);
            given[0] = 9;
            s.Get("k")![1] = 9;
        });

        Assert.Equal((byte[])[1, 2, 3], await visitor.AskAsync(app, s => s.Get("k")));
    }

    // Rule 13
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task Keys_are_case_sensitive(HostKind kind)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();

        await app.NewVisitor().UseAsync(app, s =>
        {
            s.SetString("key", "1");
            s.SetString("KEY", "2");
            Assert.Equal("1", s.GetString("key"));
            Assert.Equal(["KEY", "key"], s.Keys.Order(StringComparer.Ordinal));
        });
    }

    // Rule 13
    [Fact]
    public async Task Keys_may_be_enumerated_while_the_session_changes()
    {
        await using var app = await new SessionApp().StartAsync();

        await app.NewVisitor().UseAsync(app, s =>
        {
            s.SetString("a", "1");
            s.SetString("b", "2");
            foreach (var key in s.Keys) s.Remove(key);
            Assert.Empty(s.Keys);
        });
    }

    // Rule 14
    [Fact]
    public async Task What_changes_nothing_does_not_make_the_session_dirty()
    {
        await using var app = await new SessionApp { Options = o => o.Durability = Durability.Durable }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));
        var before = app.StoreCalls.Count;

        await visitor.UseAsync(app, s => s.SetString("k", "v"));
        await visitor.UseAsync(app, s => s.Remove("absent"));
        Assert.Equal(before, app.StoreCalls.Count);
        await visitor.UseAsync(app, s => s.Clear());
        await visitor.UseAsync(app, s => s.Clear());

        Assert.Equal(before + 1, app.StoreCalls.Count);
    }

    // Rule 14
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task Clear_keeps_the_token_and_the_id(HostKind kind)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));
        var id = await visitor.AskAsync(app, s => s.Id);

        var response = await visitor.UseAsync(app, s => s.Clear());

        Assert.Empty(response.SetCookies());
        Assert.Equal(id, await visitor.AskAsync(app, s => s.Id));
        Assert.Empty(await visitor.AskAsync(app, s => s.Keys.ToArray()));
    }

    // Rule 15
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task The_stock_extension_methods_work_unchanged(HostKind kind)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();
        var visitor = app.NewVisitor();

        await visitor.UseAsync(app, s =>
        {
            s.SetString("text", "Grüße 🍎");
            s.SetInt32("number", -7);
        });

        Assert.Equal("Grüße 🍎", await visitor.AskAsync(app, s => s.GetString("text")));
        Assert.Equal(-7, await visitor.AskAsync(app, s => s.GetInt32("number")));
        Assert.Equal(Encoding.UTF8.GetBytes("Grüße 🍎"), await visitor.AskAsync(app, s => s.Get("text")));
    }
}
