using System.Net.WebSockets;
using System.Text;
using System.Text.RegularExpressions;
using HybridSession.Core.Tests.Doubles;
using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HybridSession.Middleware.Tests.Cluster;

public partial class StampedCookieTests
{
    private readonly PeerNetwork _network = new();

    [Fact]
    public async Task A_node_that_is_alone_gives_a_token_and_nothing_else()
    {
        await using var app = await new SessionApp { Network = _network }.StartAsync();
        var visitor = app.NewVisitor();

        await visitor.UseAsync(app, s => s.SetString("k", "1"));
        var second = await visitor.UseAsync(app, s => s.SetString("k", "2"));

        Assert.Equal(43, visitor.CookieValue!.Length);
        Assert.Empty(second.SetCookies());
    }

    [Fact]
    public async Task The_cookie_is_sent_again_exactly_when_the_session_has_changed_since_the_one_that_came()
    {
        await using var app = await new SessionApp { Network = _network }.StartAsync();
        await using var other = await app.StartPeerAsync();
        var visitor = app.NewVisitor();

        await visitor.UseAsync(app, s => s.SetString("k", "1"));
        var first = visitor.Cookie;
        Assert.Matches(Stamped(), visitor.CookieValue!);
        Assert.Empty((await visitor.UseAsync(app, s => s.GetString("k"))).SetCookies());
        Assert.Empty((await visitor.UseAsync(app, s => s.SetString("k", "1"))).SetCookies());

        Assert.Single((await visitor.UseAsync(app, s => s.SetString("k", "2"))).SetCookies());
        Assert.NotEqual(first, visitor.Cookie);

        // Another tab, which has the old cookie: a read tells it as well.
        var tab = app.NewVisitor();
        tab.Cookie = first;
        var response = await tab.UseAsync(app, s => s.GetString("k"));
        Assert.Single(response.SetCookies());
        Assert.Equal("no-cache,no-store", response.Header("Cache-Control"));
        Assert.Equal(visitor.Cookie, tab.Cookie);
    }

    [Fact]
    public async Task A_visitor_sees_on_any_node_what_the_last_response_showed()
    {
        await using var a = await new SessionApp { Network = _network }.StartAsync();
        await using var b = await a.StartPeerAsync();
        var (onA, onB) = (a.NewVisitor(), b.NewVisitor());
        await onA.UseAsync(a, s => s.SetInt32("n", 0));

        for (var i = 0; i < 20; i++)
        {
            onB.Cookie = onA.Cookie;
            Assert.Equal(2 * i, await onB.AskAsync(b, Increment));
            onA.Cookie = onB.Cookie;
            Assert.Equal((2 * i) + 1, await onA.AskAsync(a, Increment));
        }
    }

    [Fact]
    public async Task A_client_that_shows_no_stamp_finds_its_changes_stored_when_the_response_has_left()
    {
        await using var a = await new SessionApp { Network = _network }.StartAsync();
        await using var b = await a.StartPeerAsync();
        var (onA, onB) = (a.NewVisitor(), b.NewVisitor());
        await onA.UseAsync(a, s => s.SetInt32("n", 0));
        var bare = onA.Cookie!.Split('.')[0] + "." + onA.Cookie.Split('.')[1];
        Assert.Equal(43, bare[(bare.IndexOf('=', StringComparison.Ordinal) + 1)..].Length);

        for (var i = 0; i < 10; i++)
        {
            onB.Cookie = bare;
            Assert.Equal(2 * i, await onB.AskAsync(b, Increment));
            onA.Cookie = bare;
            Assert.Equal((2 * i) + 1, await onA.AskAsync(a, Increment));
        }
    }

    [Fact]
    public async Task What_is_kept_open_for_a_session_hears_of_its_removal_on_another_node()
    {
        await using var a = await new SessionApp { Network = _network }.StartAsync();
        await using var b = await a.StartPeerAsync();
        var (onA, onB) = (a.NewVisitor(), b.NewVisitor());
        await onA.UseAsync(a, s => s.SetInt32("n", 0));
        onB.Cookie = onA.Cookie;
        var isOpen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = onB.GetAsync(b, async context =>
        {
            var removed = context.GetHybridSession().Removed;
            isOpen.SetResult();
            await Task.Delay(Timeout.Infinite, removed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            context.Response.StatusCode = removed.IsCancellationRequested ? StatusCodes.Status410Gone : StatusCodes.Status200OK;
        });
        await isOpen.Task;
        Assert.False(ended.IsCompleted);

        await onA.GetAsync(a, context => context.GetHybridSession().AbandonAsync());

        Assert.Equal(StatusCodes.Status410Gone, (int)(await ended.WaitAsync(TimeSpan.FromSeconds(20))).StatusCode);
    }

    [Fact]
    public async Task A_web_socket_of_a_session_is_closed_when_it_is_removed_on_another_node()
    {
        await using var a = await new SessionApp { Network = _network, After = AcceptSockets }.StartAsync();
        await using var b = await a.StartPeerAsync();
        var onA = a.NewVisitor();
        await onA.UseAsync(a, s => s.SetInt32("n", 0));
        using var socket = await ConnectAsync(b, "/socket", onA.Cookie!);
        var closing = ReceiveAsync(socket);

        await onA.GetAsync(a, context => context.GetHybridSession().AbandonAsync());

        Assert.Equal(WebSocketCloseStatus.PolicyViolation, (await closing.WaitAsync(TimeSpan.FromSeconds(20))).CloseStatus);
    }

    [Fact]
    public async Task A_SignalR_connection_of_a_session_is_ended_when_it_is_removed_on_another_node()
    {
        await using var a = await new SessionApp { Network = _network, Services = s => s.AddSignalR(), After = MapHub }.StartAsync();
        await using var b = await a.StartPeerAsync();
        var onA = a.NewVisitor();
        await onA.UseAsync(a, s => s.SetInt32("n", 0));
        using var socket = await ConnectAsync(b, "/hub", onA.Cookie!);
        await socket.SendAsync(Encoding.UTF8.GetBytes("{\"protocol\":\"json\",\"version\":1}\u001e"), WebSocketMessageType.Text, true, CancellationToken.None);
        var text = "";
        while (!text.Contains("greet", StringComparison.Ordinal)) text += (await ReceiveAsync(socket).WaitAsync(TimeSpan.FromSeconds(20))).Text;
        var ending = ReceiveAsync(socket);

        await onA.GetAsync(a, context => context.GetHybridSession().AbandonAsync());

        var end = await ending.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Contains("\"type\":7", end.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_asks_only_after_the_session_was_removed_hears_of_it_all_the_same()
    {
        await using var a = await new SessionApp { Network = _network }.StartAsync();
        await using var b = await a.StartPeerAsync();
        var (onA, onB) = (a.NewVisitor(), b.NewVisitor());
        await onA.UseAsync(a, s => s.SetInt32("n", 0));
        onB.Cookie = onA.Cookie;
        var (isOpen, goOn) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var ended = onB.GetAsync(b, async context =>
        {
            isOpen.SetResult();
            await goOn.Task;
            await Task.Delay(Timeout.Infinite, context.GetHybridSession().Removed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        });
        await isOpen.Task;

        await onA.GetAsync(a, context => context.GetHybridSession().AbandonAsync());
        goOn.SetResult();

        await ended.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_response_that_leaves_after_the_token_was_replaced_on_another_node_gives_no_token()
    {
        await using var a = await new SessionApp { Network = _network }.StartAsync();
        await using var b = await a.StartPeerAsync();
        var (onA, onB) = (a.NewVisitor(), b.NewVisitor());
        await onA.UseAsync(a, s => s.SetInt32("n", 0));
        onB.Cookie = onA.Cookie;
        var (isThere, goOn) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var underWay = onB.GetAsync(b, async context =>
        {
            context.Session.SetInt32("n", 1);
            isThere.SetResult();
            await goOn.Task;
            context.Session.SetInt32("n", 2);
        });
        await isThere.Task;

        await onA.GetAsync(a, context => context.GetHybridSession().RegenerateIdAsync());
        goOn.SetResult();

        Assert.Empty((await underWay).SetCookies());
        onB.Cookie = onA.Cookie;
        Assert.NotNull(await onB.AskAsync(b, s => s.GetInt32("n")));
    }

    [Fact]
    public async Task The_token_travels_in_a_header_with_its_stamp()
    {
        await using var a = await new SessionApp { Network = _network, Transport = b => b.UseTokenHeader() }.StartAsync();
        await using var b = await a.StartPeerAsync();
        using var client = a.NewClient();
        a.Routes["/n"] = b.Routes["/n"] = context => context.Response.WriteAsync($"{Increment(context.Session)}");

        string? token = null;
        for (var i = 0; i < 10; i++)
        {
            using var at = (i % 2 == 0 ? a : b).NewClient();
            using var request = new HttpRequestMessage(HttpMethod.Get, "/n");
            if (token is not null) request.Headers.Add("Session-Token", token);
            using var response = await at.SendAsync(request);
            Assert.Equal($"{i}", await response.Content.ReadAsStringAsync());
            Assert.Empty(response.SetCookies());
            token = response.Header("Session-Token");
            Assert.Matches(Stamped(), token!);
        }
    }

    [Fact]
    public async Task With_a_cookie_beside_it_whoever_sends_the_header_is_answered_in_it()
    {
        await using var app = await new SessionApp { Transport = b => b.UseTokenHeader("X-Session", keepCookie: true) }.StartAsync();
        app.Routes["/n"] = context => context.Response.WriteAsync($"{Increment(context.Session)}");
        using var client = app.NewClient();
        var browser = app.NewVisitor();

        await browser.GetAsync("/n");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/n");
        request.Headers.Add("X-Session", "new");
        using var response = await client.SendAsync(request);

        Assert.Equal(43, browser.CookieValue!.Length);
        Assert.Equal(43, response.Header("X-Session")!.Length);
        Assert.Empty(response.SetCookies());
        Assert.Equal("1", await (await browser.GetAsync("/n")).Content.ReadAsStringAsync());
    }

    [Theory, InlineData("a b"), InlineData("a:"), InlineData("\u00e9")]
    public void A_header_that_cannot_be_one_is_refused(string name) =>
        Assert.Throws<ArgumentException>(() => new ServiceCollection().AddHybridSession().UseTokenHeader(name));

    private static void AcceptSockets(WebApplication app)
    {
        app.UseWebSockets();
        app.UseRouting().UseEndpoints(endpoints =>
        {
            endpoints.Map("/socket", async context =>
            {
                var removed = context.GetHybridSession().Removed;
                using var socket = await context.WebSockets.AcceptWebSocketAsync();
                await Task.Delay(Timeout.Infinite, removed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                await socket.CloseAsync(WebSocketCloseStatus.PolicyViolation, "The session is over.", CancellationToken.None);
            });
        });
    }

    private static void MapHub(WebApplication app) => app.UseRouting().UseEndpoints(endpoints => endpoints.MapHub<GreetingHub>("/hub"));

    private sealed class GreetingHub : Hub
    {
        public override Task OnConnectedAsync()
        {
            Context.GetHttpContext()!.GetHybridSession().Removed.Register(Context.Abort);
            return Clients.Caller.SendAsync("greet");
        }
    }

    private static async Task<WebSocket> ConnectAsync(SessionApp app, string path, string cookie)
    {
        var client = app.Server.CreateWebSocketClient();
        client.ConfigureRequest = request => request.Headers.Cookie = cookie;
        return await client.ConnectAsync(new Uri($"ws://localhost{path}"), TestContext.Current.CancellationToken);
    }

    private static async Task<(string Text, WebSocketCloseStatus? CloseStatus)> ReceiveAsync(WebSocket socket)
    {
        var buffer = new byte[1_000];
        var received = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
        return (Encoding.UTF8.GetString(buffer.AsSpan(0, received.Count)), received.CloseStatus);
    }

    private static int Increment(ISession session)
    {
        var n = session.GetInt32("n") ?? 0;
        session.SetInt32("n", n + 1);
        return n;
    }

    [GeneratedRegex("^[A-Za-z0-9_-]{43}\\.[0-9a-z]+-[a-z2-7]{8}$")]
    private static partial Regex Stamped();
}
