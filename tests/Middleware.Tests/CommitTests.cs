using System.Net;
using System.Net.Sockets;
using System.Text;
using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace HybridSession.Middleware.Tests;

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

        var returning = cold.NewVisitor();
        returning.Cookie = visitor.Cookie;
        Assert.Equal("w", await returning.AskAsync(cold, s => s.GetString("k")));
    }

    // Rule 17
    [Fact]
    public async Task Every_access_slides_the_expiry_and_a_request_without_a_session_costs_no_store_call()
    {
        await using var app = await new SessionApp { Options = o => o.AbsoluteLifetime = null }.StartAsync();
        var visitor = app.NewVisitor();
        await app.NewVisitor().GetAsync("/");
        Assert.Empty(app.StoreCalls);
        await visitor.UseAsync(app, s => s.SetString("k", "v"));

        for (var i = 0; i < 5; i++)
        {
            app.Time.Advance(TimeSpan.FromMinutes(15));
            await visitor.GetAsync("/never-touches-its-session");
        }

        Assert.Equal("v", await visitor.AskAsync(app, s => s.GetString("k")));
        app.Time.Advance(TimeSpan.FromMinutes(21));
        // Unknown when the pruner came first.
        Assert.Contains(await visitor.AskAsync(app, s => ((IHybridSession)s).Origin), (SessionOrigin[])[SessionOrigin.IdleExpired, SessionOrigin.Unknown]);
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

        Assert.True(thrown is BackingStoreException or OperationCanceledException, thrown?.ToString());
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
        var other = app.NewVisitor();
        other.Cookie = visitor.Cookie;
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

    // Rule 21
    [Theory, InlineData(false), InlineData(true)]
    public async Task Set_in_a_response_callback_of_a_response_without_body_is_kept(bool kestrel)
    {
        await using var app = await new SessionApp { Kestrel = kestrel }.StartAsync();
        var visitor = app.NewVisitor();

        await visitor.GetAsync(app, context =>
        {
            context.Response.OnStarting(() =>
            {
                context.Features.Get<HybridRequestSession>()!.Set("k", [1]);
                return Task.CompletedTask;
            });
            return Task.CompletedTask;
        });

        Assert.Equal((byte[])[1], await visitor.AskAsync(app, s => s.Get("k")));
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
