using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace HybridSession.Middleware.Tests.Contract;

/// <summary>Rule 9: a session that cannot be loaded.</summary>
public class LoadFailureTests
{
    // Rules 7 and 9
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task A_session_that_cannot_be_loaded_is_empty_and_ignores_changes(HostKind kind)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));
        await using var cold = await app.RestartAsync();
        var returning = visitor.At(cold);
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
    public async Task A_new_client_gets_no_cookie_while_the_store_is_away(HostKind kind)
    {
        await using var app = await new SessionApp { Kind = kind, NeverExpires = true, Options = o => o.IOTimeout = TimeSpan.FromSeconds(1) }.StartAsync();
        app.Faults.Fails = true;

        var response = await app.AdvanceUntil(app.NewVisitor().UseAsync(app, s => s.SetString("k", "v")));

        Assert.True(response.IsSuccessStatusCode);
        Assert.Empty(response.SetCookies());
    }

    // Rule 9
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task LoadAsync_throws_the_exception_of_the_store(HostKind kind)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));
        await using var cold = await app.RestartAsync();
        var returning = visitor.At(cold);
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
        var returning = visitor.At(cold);

        cold.Faults.Fails = true;
        Assert.Equal(SessionOrigin.StoreUnavailable, await returning.AskAsync(cold, s => ((IHybridSession)s).Origin));
        cold.Faults.Fails = false;

        Assert.Equal("v", await returning.AskAsync(cold, s => s.GetString("k")));
    }

    // Rule 9
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task LoadAsync_throws_OperationCanceledException_when_the_load_timed_out(HostKind kind)
    {
        await using var app = await new SessionApp { Kind = kind, NeverExpires = true, Options = o => o.IOTimeout = TimeSpan.FromMilliseconds(100) }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));
        await using var cold = await app.RestartAsync();
        var returning = visitor.At(cold);
        cold.Faults.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        Exception? thrown = null;
        await cold.AdvanceUntil(returning.GetAsync(cold, async context => thrown = await Record.ExceptionAsync(() => context.Session.LoadAsync())));
        cold.Faults.Gate.SetResult();

        Assert.IsAssignableFrom<OperationCanceledException>(thrown);
    }

    // Rule 9
    [Fact]
    public async Task With_Fail503_a_request_whose_session_cannot_be_loaded_is_refused()
    {
        await using var app = await new SessionApp { Options = o => o.OnUnavailable = UnavailableBehavior.Fail503 }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));
        await using var cold = await app.RestartAsync();
        var returning = visitor.At(cold);
        cold.Faults.Fails = true;
        var ran = false;

        var response = await returning.UseAsync(cold, _ => ran = true);

        Assert.Equal((503, "1", false), ((int)response.StatusCode, response.Header("Retry-After"), ran));
    }
}
