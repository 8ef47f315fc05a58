using System.Net.WebSockets;
using System.Text;
using HybridSession.Core.Tests.Doubles;
using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HybridSession.Middleware.Tests.Apps;

/// <summary>A SignalR hub that uses the session of the request which opened its connection.</summary>
public class SignalRTests
{
    private const char EndOfMessage = '\u001e';

    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task A_hub_reads_and_changes_the_session_of_its_connection(HostKind kind)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var site = await Site.StartAsync(
            kind,
            services =>
            {
                services.AddSignalR();
                services.AddSingleton<IStartupFilter>(new Outermost(ended));
            },
            app =>
            {
                app.MapHub<Chat>("/chat");
                app.MapGet("/name/{name}", (string name, HttpContext context) => context.Session.SetString("name", name));
                app.MapGet("/last", (HttpContext context) => context.Session.GetString("last") ?? "nothing");
            });
        var browser = new Browser(site.NewClient());
        await browser.OpenAsync("/name/Ann");

        using (var socket = await ConnectAsync(site, browser.CookieHeader))
        {
            Assert.Contains("\"result\":\"Ann: hello\"", await CallAsync(socket, "Say", "hello"), StringComparison.Ordinal);
            Assert.Contains("\"result\":\"hello\"", await CallAsync(socket, "Last"), StringComparison.Ordinal);
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }

        await ended.Task.Soon();
        await browser.OpenAsync("/last");
        Assert.Equal("hello", browser.Page);
    }

    private static async Task<WebSocket> ConnectAsync(Site site, string cookies)
    {
        var sockets = site.NewSocketClient();
        sockets.ConfigureRequest = request => request.Headers.Cookie = cookies;
        var socket = await sockets.ConnectAsync(new Uri("ws://localhost/chat"), CancellationToken.None);
        await SendAsync(socket, """{"protocol":"json","version":1}""");
        await ReceiveAsync(socket, "{}");
        return socket;
    }

    private static async Task<string> CallAsync(WebSocket socket, string method, params string[] arguments)
    {
        await SendAsync(socket, $$"""{"type":1,"invocationId":"1","target":"{{method}}","arguments":[{{string.Join(',', arguments.Select(a => $"\"{a}\""))}}]}""");
        return await ReceiveAsync(socket, "\"type\":3");
    }

    private static Task SendAsync(WebSocket socket, string message) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(message + EndOfMessage), WebSocketMessageType.Text, true, CancellationToken.None);

    private static async Task<string> ReceiveAsync(WebSocket socket, string what)
    {
        var (text, buffer) = ("", new byte[4_096]);
        while (!text.Contains(what, StringComparison.Ordinal))
        {
            var part = await socket.ReceiveAsync(buffer, CancellationToken.None).Soon();
            Assert.NotEqual(WebSocketMessageType.Close, part.MessageType);
            text += Encoding.UTF8.GetString(buffer, 0, part.Count);
        }

        return text;
    }

    private sealed class Chat : Hub
    {
        private ISession Session => Context.GetHttpContext()!.Session;

        public string Say(string text)
        {
            Session.SetString("last", text);
            return $"{Session.GetString("name")}: {text}";
        }

        public string? Last() => Session.GetString("last");
    }

    /// <summary>Sees the end of the connection after the sessions have: stock has stored its changes by then, and not before.</summary>
    private sealed class Outermost(TaskCompletionSource ended) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(async (context, rest) =>
            {
                await rest(context);
                if (context.Request.Path == "/chat") ended.SetResult();
            });
            next(app);
        };
    }
}
