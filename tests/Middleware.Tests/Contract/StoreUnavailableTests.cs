using System.Net;
using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace HybridSession.Middleware.Tests.Contract;

/// <summary>Rule 18: a store that fails while changes are stored.</summary>
public class StoreUnavailableTests
{
    // Rule 18
    [Fact]
    public async Task In_write_behind_a_failing_store_does_not_fail_a_request()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));
        app.Faults.Fails = true;

        var response = await visitor.UseAsync(app, s => s.SetString("k", "w"));

        Assert.True(response.IsSuccessStatusCode);
        Assert.Equal("w", await visitor.AskAsync(app, s => s.GetString("k")));
    }

    // Rule 18: what stock does instead.
    [Fact]
    public async Task Stock_answers_that_all_is_well_and_loses_what_it_could_not_store()
    {
        await using var app = await new SessionApp { Kind = HostKind.Stock }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));

        var response = await visitor.UseAsync(app, s =>
        {
            s.SetString("k", "w");
            app.Faults.Fails = true;
        });
        app.Faults.Fails = false;

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("v", await visitor.AskAsync(app, s => s.GetString("k")));
    }

    // Rule 18
    [Theory, InlineData(false), InlineData(true)]
    public async Task In_durable_a_failed_commit_fails_the_request_before_its_headers_are_sent(bool writesBody)
    {
        // Kestrel: the test server gives up on a response whose callback threw.
        await using var app = await new SessionApp
        {
            NeverExpires = true,
            Kestrel = true,
            Options = o => (o.Durability, o.IOTimeout) = (Durability.Durable, TimeSpan.FromSeconds(1)),
            Before = a => a.UseExceptionHandler(e => e.Run(c => c.Response.WriteAsync(c.Features.Get<IExceptionHandlerFeature>()!.Error.GetType().Name))),
        }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));
        app.Faults.Fails = true;

        var response = await app.AdvanceUntil(visitor.GetAsync(app, context =>
        {
            context.Session.SetString("k", "w");
            return writesBody ? context.Response.WriteAsync("all is well") : Task.CompletedTask;
        }));

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        // Once the application writes, only the server itself can still answer.
        Assert.Contains(await response.Content.ReadAsStringAsync(), writesBody ? [""] : (string[])["BackingStoreException", "OperationCanceledException"]);
        Assert.Single(app.Logs.Of(3003));
    }

    // Rule 18
    [Theory, InlineData(false), InlineData(true)]
    public async Task With_Fail503_a_failed_commit_is_answered_with_503(bool writesBody)
    {
        await using var app = await new SessionApp
        {
            NeverExpires = true,
            Kestrel = true,
            Options = o => (o.Durability, o.OnUnavailable, o.IOTimeout) = (Durability.Durable, UnavailableBehavior.Fail503, TimeSpan.FromSeconds(1)),
        }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));
        app.Faults.Fails = true;

        var response = await app.AdvanceUntil(visitor.GetAsync(app, context =>
        {
            context.Session.SetString("k", "w");
            return writesBody ? context.Response.WriteAsync("all is well") : Task.CompletedTask;
        }));

        Assert.Equal((503, "1"), ((int)response.StatusCode, response.Header("Retry-After")));
    }

    // Rule 18
    [Theory, InlineData(UnavailableBehavior.Degrade), InlineData(UnavailableBehavior.Fail503)]
    public async Task When_the_backlog_is_full_changes_are_refused_with_503_and_reads_go_on(UnavailableBehavior behavior)
    {
        await using var app = await new SessionApp { NeverExpires = true, Options = o => (o.OnUnavailable, o.MaxDirtyBytes, o.IOTimeout) = (behavior, 1024 * 1024, TimeSpan.FromSeconds(1)) }.StartAsync();
        Visitor[] visitors = [app.NewVisitor(), app.NewVisitor(), app.NewVisitor()];
        foreach (var visitor in visitors) await visitor.UseAsync(app, s => s.SetString("k", "v"));
        app.Faults.Fails = true;
        foreach (var visitor in visitors[..2]) await app.AdvanceUntil(visitor.UseAsync(app, s => s.Set("big", new byte[600_000])));

        var change = await app.AdvanceUntil(visitors[2].UseAsync(app, s => s.SetString("k", "w")));
        var read = await visitors[2].AskAsync(app, s => s.GetString("k"));

        Assert.Equal((503, "1"), ((int)change.StatusCode, change.Header("Retry-After")));
        Assert.Equal("w", read);
    }

    // Rule 18: a token leaves only after its row is committed
    [Theory]
    [InlineData(UnavailableBehavior.Degrade, false, 200)]
    [InlineData(UnavailableBehavior.Degrade, true, 200)]
    [InlineData(UnavailableBehavior.Fail503, false, 503)]
    [InlineData(UnavailableBehavior.Fail503, true, 503)]
    public async Task A_new_session_that_cannot_be_stored_gives_no_cookie(UnavailableBehavior behavior, bool writesBody, int status)
    {
        await using var app = await new SessionApp { NeverExpires = true, Kestrel = true, Options = o => (o.OnUnavailable, o.IOTimeout) = (behavior, TimeSpan.FromSeconds(1)) }.StartAsync();
        app.Faults.Fails = true;

        var response = await app.AdvanceUntil(app.GetAsync(context =>
        {
            context.Session.SetString("k", "v");
            return writesBody ? context.Response.WriteAsync("page") : Task.CompletedTask;
        }));

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Empty(response.SetCookies());
        Assert.Single(app.Logs.Of(3002));
        Assert.Equal(status == 503 ? "1" : null, response.Header("Retry-After"));
    }

    // Rule 18: the token leaves after the row is committed, never before
    [Fact]
    public async Task The_response_with_a_new_token_waits_for_the_row()
    {
        await using var app = await new SessionApp().StartAsync();
        app.Faults.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        var response = app.GetAsync(context =>
        {
            context.Session.SetString("k", "v");
            return context.Response.WriteAsync("page");
        });
        while (!app.StoreCalls.Contains("Birth")) await Task.Yield();
        Assert.False(response.IsCompleted);
        app.Faults.Gate.SetResult();

        Assert.Single((await response).SetCookies());
    }

    [Fact]
    public async Task A_change_that_is_refused_far_beyond_MaxDirtyBytes_is_answered_with_503_and_Retry_After()
    {
        await using var app = await new SessionApp
        {
            NeverExpires = true,
            Options = o => (o.MaxDirtyBytes, o.MaxPayloadBytes, o.IOTimeout) = (1 << 20, 1 << 20, TimeSpan.FromSeconds(1)),
        }.StartAsync();
        var visitors = Enumerable.Range(0, 4).Select(_ => app.NewVisitor()).ToArray();
        foreach (var visitor in visitors) await visitor.UseAsync(app, s => s.SetString("k", "v"));
        app.Faults.Fails = true;
        var half = new string('x', 500_000);
        var statuses = new List<HttpStatusCode>();

        foreach (var visitor in visitors)
        {
            var response = await app.AdvanceUntil(visitor.UseAsync(app, s => s.SetString("k", half)));
            statuses.Add(response.StatusCode);
            if (!response.IsSuccessStatusCode) Assert.Equal("1", response.Headers.RetryAfter?.ToString());
        }

        // Two fit, the third fills the backlog and waits in vain, the fourth is not taken on.
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable, HttpStatusCode.ServiceUnavailable], statuses);
        Assert.Equal("v", await visitors[3].AskAsync(app, s => s.GetString("k")));
    }

    [Fact]
    public async Task An_outage_is_logged_once_in_a_while_and_not_once_a_request()
    {
        await using var app = await new SessionApp { NeverExpires = true }.StartAsync();
        app.Faults.Fails = true;

        for (var i = 0; i < 20; i++) await app.NewVisitor().UseAsync(app, s => s.SetString("k", "v"));
        Assert.Single(app.Logs.Of(3002));
        app.Time.Advance(TimeSpan.FromSeconds(10));
        await app.NewVisitor().UseAsync(app, s => s.SetString("k", "v"));

        Assert.Contains("20 new sessions", app.Logs.Of(3002).Last().Text, StringComparison.Ordinal);
    }
}
