using System.Net.WebSockets;
using HybridSession.Core.Tests.Doubles;
using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace HybridSession.Middleware.Tests.Contract;

/// <summary>Rule 29: HEAD, OPTIONS and WebSocket requests.</summary>
public class RequestKindTests
{
    // Rule 29
    [Theory]
    [InlineData(HostKind.Stock, "HEAD")]
    [InlineData(HostKind.Stock, "OPTIONS")]
    [InlineData(HostKind.Hybrid, "HEAD")]
    [InlineData(HostKind.Hybrid, "OPTIONS")]
    public async Task Head_and_options_requests_count(HostKind kind, string method)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();
        app.Routes["/"] = context =>
        {
            context.Session.SetString("k", context.Request.Method);
            return Task.CompletedTask;
        };
        var visitor = app.NewVisitor();

        await visitor.SendAsync(new HttpMethod(method), "/");

        Assert.Equal(method, await visitor.AskAsync(app, s => s.GetString("k")));
    }

    // Rule 29
    [Theory, InlineData(HostKind.Stock, "v"), InlineData(HostKind.Hybrid, "open")]
    public async Task The_changes_of_a_web_socket_are_kept_when_it_ends_and_with_ours_visible_before(HostKind kind, string expected)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var app = await new SessionApp
        {
            Kind = kind,
            Before = a => a.Use(async (context, next) =>
            {
                await next(context);
                if (context.Request.Path == "/socket") ended.SetResult();
            }),
            After = a => a.UseWebSockets(),
        }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));
        app.Routes["/socket"] = async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            context.Session.SetString("k", "open");
            await socket.SendAsync(new byte[1], WebSocketMessageType.Binary, true, CancellationToken.None);
            await socket.ReceiveAsync(new byte[1], CancellationToken.None);
            context.Session.SetString("k", "closed");
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        };
        var sockets = app.Server.CreateWebSocketClient();
        sockets.ConfigureRequest = request => request.Headers.Cookie = visitor.Cookie;

        using var client = await sockets.ConnectAsync(new Uri("ws://localhost/socket"), CancellationToken.None);
        await client.ReceiveAsync(new byte[1], CancellationToken.None);
        var during = await visitor.AskAsync(app, s => s.GetString("k"));
        await client.SendAsync(new byte[1], WebSocketMessageType.Binary, true, CancellationToken.None);
        await ended.Task.Soon();

        Assert.Equal(expected, during);
        Assert.Equal("closed", await visitor.AskAsync(app, s => s.GetString("k")));
    }

    // Rule 29
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task A_session_established_before_a_web_socket_is_accepted_gets_its_cookie_with_the_handshake(HostKind kind)
    {
        await using var app = await new SessionApp { Kind = kind, Kestrel = true, After = a => a.UseWebSockets() }.StartAsync();
        app.Routes["/socket"] = async context =>
        {
            context.Session.SetString("k", "v");
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            await socket.ReceiveAsync(new byte[1], CancellationToken.None);
        };
        using var http = app.NewClient();
        using var client = new ClientWebSocket();
        client.Options.CollectHttpResponseDetails = true;

        await client.ConnectAsync(new Uri($"ws://127.0.0.1:{http.BaseAddress!.Port}/socket"), CancellationToken.None);

        Assert.StartsWith($"{app.CookieName}=", Assert.Single(client.HttpResponseHeaders!["Set-Cookie"]));
        client.Abort();
    }
}
