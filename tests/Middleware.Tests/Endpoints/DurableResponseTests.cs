using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HybridSession.Middleware.Tests.Endpoints;

public class DurableResponseTests
{
    [Theory, InlineData(true), InlineData(false)]
    public async Task The_headers_leave_after_the_flush_that_carries_the_change(bool writesBody)
    {
        await using var app = await EndpointSite.StartAsync(
            e => e.MapGet("/own", context =>
            {
                EndpointSite.Change(context);
                return writesBody ? context.Response.WriteAsync("page") : Task.CompletedTask;
            }).WithSession(durability: Durability.Durable),
            kestrel: true);
        var visitor = await app.KnownVisitorAsync();
        app.Faults.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        var response = visitor.GetAsync("/own");
        while (app.Faults.Count("Flush") == 0) await Task.Yield();
        Assert.False(response.IsCompleted);
        app.Faults.Gate.SetResult();

        Assert.True((await response).IsSuccessStatusCode);
    }

    [Fact]
    public async Task A_request_that_changes_nothing_waits_for_nothing()
    {
        await using var app = await EndpointSite.StartAsync(e =>
        {
            e.MapGet("/lax", EndpointSite.Change);
            e.MapGet("/read", (HttpContext context) => context.Session.GetString("k")).WithSession(durability: Durability.Durable);
            e.MapGet("/same", (HttpContext context) => context.Session.SetString("k", "v")).WithSession(durability: Durability.Durable);
        });
        var visitor = await app.KnownVisitorAsync();
        app.Faults.Forget();

        await visitor.GetAsync("/read");
        await visitor.GetAsync("/same");
        // Also when something of another request waits to be stored.
        await visitor.GetAsync("/lax");
        await visitor.GetAsync("/read");

        Assert.Empty(app.StoreCalls);
    }

    // A client repeats what failed. The value is in memory by then, but not stored.
    [Theory, InlineData(true), InlineData(false)]
    public async Task Setting_again_what_is_not_stored_yet_waits_until_it_is(bool commitOnException)
    {
        await using var app = await EndpointSite.StartAsync(
            e => e.MapGet("/own", (HttpContext context) => context.Session.SetString("order", "17")).WithSession(durability: Durability.Durable),
            options: o => (o.CommitOnException, o.OnUnavailable) = (commitOnException, UnavailableBehavior.Fail503));
        var visitor = await app.KnownVisitorAsync();
        app.Faults.Fails = true;
        await visitor.GetAsync("/own");

        var repeated = await visitor.GetAsync("/own");
        app.Faults.Fails = false;
        var healed = await visitor.GetAsync("/own");

        Assert.Equal((503, 200), ((int)repeated.StatusCode, (int)healed.StatusCode));
        await using var cold = await app.RestartAsync();
        var returning = cold.NewVisitor();
        returning.Cookie = visitor.Cookie;
        Assert.Equal("17", await returning.AskAsync(cold, s => s.GetString("order")));
    }

    [Fact]
    public async Task A_change_after_the_headers_is_waited_for_at_the_end()
    {
        var (sent, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var app = await EndpointSite.StartAsync(
            e => e.MapGet("/stream", async context =>
            {
                await context.Response.WriteAsync("first ");
                await context.Response.Body.FlushAsync();
                sent.SetResult();
                await goOn.Task;
                EndpointSite.Change(context);
                await context.Response.WriteAsync("last");
            }).WithSession(durability: Durability.Durable),
            kestrel: true);
        var visitor = await app.KnownVisitorAsync();
        app.Faults.Forget();
        using var client = app.NewClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/stream");
        request.Headers.TryAddWithoutValidation("Cookie", visitor.Cookie);

        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await sent.Task;
        Assert.Empty(app.StoreCalls);
        app.Faults.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        goOn.SetResult();
        var body = response.Content.ReadAsStringAsync();
        while (app.Faults.Count("Flush") == 0) await Task.Yield();
        Assert.False(body.IsCompleted);
        app.Faults.Gate.SetResult();

        Assert.Equal("first last", await body);
    }

    [Fact]
    public async Task A_change_after_the_headers_that_could_not_be_stored_is_logged()
    {
        await using var app = await EndpointSite.StartAsync(
            e => e.MapGet("/stream", async context =>
            {
                await context.Response.WriteAsync("page");
                EndpointSite.Change(context);
            }).WithSession(durability: Durability.Durable),
            kestrel: true);
        var visitor = await app.KnownVisitorAsync();
        app.Faults.Fails = true;

        var response = await visitor.GetAsync("/stream");

        Assert.Equal("page", await response.Content.ReadAsStringAsync());
        Assert.Contains("(the last one Durable)", Assert.Single(app.Logs.Of(3003)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failing_store_fails_the_strict_endpoint_and_not_the_lax_one()
    {
        await using var app = await EndpointSite.StartAsync(
            e =>
            {
                e.MapGet("/strict", EndpointSite.Change).WithSession(durability: Durability.Durable);
                e.MapGet("/lax", EndpointSite.Change).WithSession(durability: Durability.WriteBehind);
            },
            before: a => a.UseExceptionHandler(e => e.Run(c => c.Response.WriteAsync(c.Features.Get<IExceptionHandlerFeature>()!.Error.GetType().Name))));
        var (strict, lax) = (await app.KnownVisitorAsync(), await app.KnownVisitorAsync());
        app.Faults.Fails = true;

        var refused = await strict.GetAsync("/strict");
        var served = await lax.GetAsync("/lax");

        Assert.Equal((500, "BackingStoreException"), ((int)refused.StatusCode, await refused.Content.ReadAsStringAsync()));
        Assert.Equal(200, (int)served.StatusCode);
        Assert.Contains("(the last one Durable)", Assert.Single(app.Logs.Of(3003)).Text, StringComparison.Ordinal);
    }

    [Theory, InlineData(UnavailableBehavior.Fail503, false), InlineData(UnavailableBehavior.Degrade, true)]
    public async Task The_answer_is_503_where_the_option_says_so_and_where_the_backlog_is_full(UnavailableBehavior behavior, bool isFull)
    {
        await using var app = await EndpointSite.StartAsync(
            e =>
            {
                e.MapGet("/big", (HttpContext context) => context.Session.Set("big", new byte[600_000]));
                e.MapGet("/strict", EndpointSite.Change).WithSession(durability: Durability.Durable);
            },
            options: o => (o.OnUnavailable, o.MaxDirtyBytes) = (behavior, 1024 * 1024));
        Visitor[] crowd = [await app.KnownVisitorAsync(), await app.KnownVisitorAsync()];
        var visitor = await app.KnownVisitorAsync();
        app.Faults.Fails = true;
        if (isFull) foreach (var other in crowd) await app.AdvanceUntil(other.GetAsync("/big"));

        var response = await visitor.GetAsync("/strict");

        Assert.Equal((503, "1"), ((int)response.StatusCode, response.Header("Retry-After")));
    }

    [Theory]
    [InlineData(Durability.Durable, true, Durability.WriteBehind, false, Durability.Durable)]
    [InlineData(Durability.WriteBehind, true, Durability.Durable, false, Durability.WriteBehind)]
    [InlineData(Durability.WriteBehind, false, Durability.Durable, true, Durability.Durable)]
    [InlineData(Durability.Durable, false, Durability.WriteBehind, true, Durability.WriteBehind)]
    [InlineData(Durability.Durable, true, Durability.WriteBehind, true, Durability.Durable)]
    [InlineData(Durability.WriteBehind, true, Durability.Durable, true, Durability.Durable)]
    public async Task In_a_re_execution_the_endpoint_that_made_a_change_decides_and_of_several_the_strictest(
        Durability first, bool firstChanges, Durability page, bool pageChanges, Durability expected)
    {
        foreach (var throws in (bool[])[true, false])
        {
            foreach (var sessionOutside in (bool[])[true, false])
            {
                await using var app = await StartReExecutingAsync(first, firstChanges, page, pageChanges, throws, sessionOutside);
                var visitor = await app.KnownVisitorAsync();
                app.Faults.Forget();

                var response = await visitor.GetAsync("/first");

                Assert.Equal((throws ? 500 : 404, "sorry"), ((int)response.StatusCode, await response.Content.ReadAsStringAsync()));
                Assert.True((expected == Durability.Durable) == app.Faults.Count("Flush") > 0, $"throws: {throws}, session outside: {sessionOutside}, flushes: {app.Faults.Count("Flush")}");
            }
        }
    }

    [Fact]
    public async Task A_hundred_waiting_requests_share_a_few_flushes()
    {
        const int Visitors = 100;
        await using var app = await EndpointSite.StartAsync(e => e.MapGet("/own", EndpointSite.Change).WithSession(durability: Durability.Durable), options: o => o.Flushers = 2);
        var visitors = await Task.WhenAll(Enumerable.Range(0, Visitors).Select(_ => app.KnownVisitorAsync()));
        var engine = app.Provider.GetRequiredService<SessionEngine>();
        app.Faults.Forget();
        app.Faults.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        var responses = visitors.Select(v => Task.Run(() => v.GetAsync("/own"))).ToArray();
        while (engine.Unconfirmed().Count < Visitors) await Task.Yield();
        Assert.DoesNotContain(responses, r => r.IsCompleted);
        app.Faults.Gate.SetResult();
        await Task.WhenAll(responses);

        // Each flusher has one under way when the others come, and takes all of them with the next.
        Assert.InRange(app.Faults.Count("Flush"), 1, 4);
        Assert.Equal(0, engine.Unconfirmed().Count);
    }

    private static Task<SessionApp> StartReExecutingAsync(Durability first, bool firstChanges, Durability page, bool pageChanges, bool throws, bool sessionOutside)
    {
        void ReExecute(IApplicationBuilder app) =>
            _ = throws ? app.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandlingPath = "/sorry" }) : app.UseStatusCodePagesWithReExecute("/sorry");

        return new SessionApp
        {
            Before = app =>
            {
                if (!sessionOutside) ReExecute(app);
            },
            After = app =>
            {
                if (sessionOutside) ReExecute(app);
                app.UseRouting().UseEndpoints(e =>
                {
                    e.MapGet("/first", context =>
                    {
                        if (firstChanges) context.Session.SetString("first", "1");
                        context.Response.StatusCode = StatusCodes.Status404NotFound;
                        return throws ? throw new NotSupportedException() : Task.CompletedTask;
                    }).WithSession(durability: first);
                    e.MapGet("/sorry", context =>
                    {
                        if (pageChanges) context.Session.SetString("page", "1");
                        return context.Response.WriteAsync("sorry");
                    }).WithSession(durability: page);
                });
            },
        }.StartAsync();
    }
}
