using System.Net;
using System.Net.Sockets;
using System.Text;
using HybridSession.Core.Tests.Doubles;
using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace HybridSession.Middleware.Tests.Contract;

/// <summary>Rules 16, 17 and 19 to 21: when changes are stored, and what is waited for.</summary>
public class CommitTests
{
    // Rule 16
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task The_changes_of_a_request_that_threw_are_kept(HostKind kind)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));

        await Assert.ThrowsAsync<NotSupportedException>(() => visitor.UseAsync(app, s =>
        {
            s.SetString("k", "w");
            throw new NotSupportedException();
        }));

        Assert.Equal("w", await visitor.AskAsync(app, s => s.GetString("k")));
    }

    // Rule 16
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task A_client_that_goes_away_cancels_nothing(HostKind kind)
    {
        await using var app = await new SessionApp { Kind = kind, Kestrel = true, Options = o => o.Durability = Durability.Durable }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));
        var (running, gone, done) = (new TaskCompletionSource(), new TaskCompletionSource(), new TaskCompletionSource());
        app.Routes["/slow"] = async context =>
        {
            context.Response.OnCompleted(() =>
            {
                done.SetResult();
                return Task.CompletedTask;
            });
            using var registration = context.RequestAborted.Register(gone.SetResult);
            context.Session.SetString("k", "w");
            running.SetResult();
            await gone.Task;
        };

        using (var socket = new TcpClient())
        {
            using var client = app.NewClient();
            await socket.ConnectAsync(IPAddress.Loopback, client.BaseAddress!.Port);
            await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET /slow HTTP/1.1\r\nHost: localhost\r\nCookie: {visitor.Cookie}\r\n\r\n"));
            await running.Task;
            socket.Client.Close(timeout: 0);
        }
        await done.Task;
        await using var cold = await app.RestartAsync();

        Assert.Equal("w", await visitor.At(cold).AskAsync(cold, s => s.GetString("k")));
    }

    // Rule 17
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task Every_access_slides_the_expiry_also_one_that_never_touches_the_session(HostKind kind)
    {
        await using var app = await new SessionApp { Kind = kind, Options = o => o.AbsoluteLifetime = null }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));

        for (var i = 0; i < 5; i++)
        {
            app.Time.Advance(TimeSpan.FromMinutes(15));
            await visitor.GetAsync("/never-touches-its-session");
        }

        Assert.Equal("v", await visitor.AskAsync(app, s => s.GetString("k")));
        app.Time.Advance(TimeSpan.FromMinutes(21));
        Assert.Null(await visitor.AskAsync(app, s => s.GetString("k")));
    }

    // Rule 17
    [Theory, InlineData(HostKind.Stock, new[] { "Touch" }), InlineData(HostKind.Hybrid, new string[0])]
    public async Task A_request_without_a_session_costs_ours_no_store_call(HostKind kind, string[] calls)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();

        await app.NewVisitor().GetAsync("/");

        Assert.Equal(calls, app.StoreCalls);
    }

    // Rule 19
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task CommitAsync_throws_the_error_of_the_store_to_an_explicit_caller(HostKind kind)
    {
        await using var app = await new SessionApp { NeverExpires = true, Kind = kind, Options = o => o.IOTimeout = TimeSpan.FromSeconds(1) }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));
        Exception? thrown = null;

        await app.AdvanceUntil(visitor.GetAsync(app, async context =>
        {
            context.Session.SetString("k", "w");
            app.Faults.Fails = true;
            thrown = await Record.ExceptionAsync(() => context.Session.CommitAsync());
        }));

        // Ours tries again until IOTimeout, unless the circuit opens first.
        Assert.True(thrown is BackingStoreException || (kind == HostKind.Hybrid && thrown is OperationCanceledException), thrown?.ToString());
    }

    // Rule 19
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task CommitAsync_throws_OperationCanceledException_when_the_store_takes_too_long(HostKind kind)
    {
        await using var app = await new SessionApp { NeverExpires = true, Kind = kind, Options = o => o.IOTimeout = TimeSpan.FromMilliseconds(100) }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));
        Exception? thrown = null;

        await app.AdvanceUntil(visitor.GetAsync(app, async context =>
        {
            context.Session.SetString("k", "w");
            app.Faults.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            thrown = await Record.ExceptionAsync(() => context.Session.CommitAsync());
            app.Faults.Gate.SetResult();
        }));

        Assert.IsAssignableFrom<OperationCanceledException>(thrown);
    }

    // Rule 19
    [Fact]
    public async Task An_explicit_commit_that_failed_and_was_caught_does_not_lower_the_durability_of_the_request()
    {
        await using var app = await new SessionApp { NeverExpires = true, Options = o => (o.Durability, o.OnUnavailable, o.IOTimeout) = (Durability.Durable, UnavailableBehavior.Fail503, TimeSpan.FromSeconds(1)) }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));
        app.Faults.Fails = true;

        var response = await app.AdvanceUntil(visitor.GetAsync(app, async context =>
        {
            context.Session.SetString("k", "w");
            await Record.ExceptionAsync(() => context.Session.CommitAsync());
        }));

        Assert.Equal(503, (int)response.StatusCode);
    }

    // Rule 19
    [Fact]
    public async Task CommitAsync_returns_when_the_change_is_stored()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        List<string> calls = [];

        await visitor.GetAsync(app, async context =>
        {
            context.Session.SetString("k", "v");
            await context.Session.CommitAsync();
            calls.AddRange(app.StoreCalls);
            context.Session.SetString("k", "w");
            await context.Session.CommitAsync();
            calls.AddRange(app.StoreCalls);
        });

        Assert.Equal(["Birth", "Birth", "Flush"], calls);
        Assert.NotNull(visitor.Cookie);
    }

    // Rule 20
    [Fact]
    public async Task A_change_is_visible_to_other_requests_at_Set_and_durable_before_the_headers_leave()
    {
        await using var app = await new SessionApp { Kestrel = true, Options = o => o.Durability = Durability.Durable }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));
        var other = visitor.At(app);
        app.Faults.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        var response = visitor.GetAsync(app, context =>
        {
            context.Session.SetString("k", "w");
            context.Response.ContentLength = 4;
            return context.Response.WriteAsync("page");
        });
        while (!app.StoreCalls.Contains("Flush")) await Task.Yield();

        Assert.Equal("w", await other.AskAsync(app, s => s.GetString("k")));
        Assert.False(response.IsCompleted);
        app.Faults.Gate.SetResult();
        Assert.Equal("page", await (await response).Content.ReadAsStringAsync());
    }

    // Rule 20: what stock does instead.
    [Fact]
    public async Task A_body_of_known_length_leaves_stock_before_it_commits()
    {
        await using var app = await new SessionApp { Kind = HostKind.Stock, Kestrel = true }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));
        app.Faults.Forget();

        var response = await visitor.GetAsync(app, context =>
        {
            context.Session.SetString("k", "w");
            app.Faults.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            context.Response.ContentLength = 4;
            return context.Response.WriteAsync("page");
        }).WaitAsync(Waiting.Patience);

        Assert.Equal("page", await response.Content.ReadAsStringAsync());
        Assert.False(app.Faults.Gate!.Task.IsCompleted);
        app.Faults.Gate.SetResult();
    }

    // Rule 21
    [Theory]
    [InlineData(HostKind.Stock, false, null)]
    [InlineData(HostKind.Stock, true, null)]
    [InlineData(HostKind.Hybrid, false, "v")]
    [InlineData(HostKind.Hybrid, true, "v")]
    public async Task Set_in_a_response_callback_of_a_response_without_body_gets_its_cookie_and_with_ours_is_kept(HostKind kind, bool kestrel, string? kept)
    {
        await using var app = await new SessionApp { Kind = kind, Kestrel = kestrel }.StartAsync();
        var visitor = app.NewVisitor();

        var response = await visitor.GetAsync(app, context =>
        {
            // The feature is gone by then.
            var session = context.Session;
            context.Response.OnStarting(() =>
            {
                session.SetString("k", "v");
                return Task.CompletedTask;
            });
            return Task.CompletedTask;
        });

        Assert.Single(response.SetCookies());
        Assert.Equal(kept, await visitor.AskAsync(app, s => s.GetString("k")));
    }
}
