using System.Net;
using HybridSession.Core.Tests.Doubles;
using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HybridSession.Middleware.Tests.Endpoints;

public class ExclusiveSessionTests
{
    private readonly ExclusiveSite _site = new();

    [Fact]
    public async Task Requests_of_one_session_run_in_turn_and_each_sees_what_the_one_before_it_did()
    {
        await using var app = await _site.StartAsync();
        var visitor = await app.KnownVisitorAsync();
        var requests = Enumerable.Range(0, 5).Select(_ => visitor.GetAsync("/turn")).ToArray();

        await ExclusiveSite.UntilAsync(() => Turns(app).CountWaiting(KeyOf(visitor)) == 4);
        for (var i = 0; i < requests.Length; i++) await _site.LetGoAsync();

        var answers = await Task.WhenAll(requests.Select(async r => await (await r.Soon()).Content.ReadAsStringAsync()));
        Assert.Equal(["1", "2", "3", "4", "5"], answers.Order());
        Assert.Equal(1, _site.Most);
        Assert.Equal(0, Turns(app).Count);
    }

    [Fact]
    public async Task Other_sessions_new_ones_and_other_endpoints_are_not_held_up()
    {
        await using var app = await _site.StartAsync();
        var (visitor, other) = (await app.KnownVisitorAsync(), await app.KnownVisitorAsync());

        var requests = new[] { visitor.GetAsync("/turn"), other.GetAsync("/turn"), app.NewVisitor().GetAsync("/turn"), app.NewVisitor().GetAsync("/turn"), visitor.GetAsync("/free"), visitor.GetAsync("/free") };
        await ExclusiveSite.UntilAsync(() => _site.Inside == requests.Length);

        foreach (var _ in requests) await _site.LetGoAsync();
        foreach (var request in requests) (await request.Soon()).EnsureSuccessStatusCode();
        Assert.Equal(0, Turns(app).Count);
    }

    [Fact]
    public async Task A_token_of_no_session_waits_for_nobody()
    {
        await using var app = await _site.StartAsync();
        var visitor = await app.KnownVisitorAsync();
        var name = visitor.Cookie!.Split('=')[0];
        var unknown = $"{name}={SessionToken.Create().Encode()}";

        var requests = Enumerable.Range(0, 2).Select(_ =>
        {
            var client = app.NewVisitor();
            client.Cookie = unknown;
            return client.GetAsync("/turn");
        }).ToArray();

        await ExclusiveSite.UntilAsync(() => _site.Inside == 2);
        foreach (var _ in requests) await _site.LetGoAsync();
        await Task.WhenAll(requests).Soon();
    }

    [Fact]
    public async Task One_more_than_may_wait_gets_429_and_one_that_waited_too_long_409()
    {
        await using var app = await _site.StartAsync(options: o => (o.Exclusive.MaxWaiting, o.Exclusive.MaxWait) = (1, TimeSpan.FromSeconds(2)));
        var visitor = await app.KnownVisitorAsync();
        var first = visitor.GetAsync("/turn");
        await ExclusiveSite.UntilAsync(() => _site.Inside == 1);
        var second = visitor.GetAsync("/turn");
        await ExclusiveSite.UntilAsync(() => Turns(app).CountWaiting(KeyOf(visitor)) == 1);

        var crowded = await visitor.GetAsync("/turn").Soon();
        var late = await app.AdvanceUntil(second).Soon();

        Assert.Equal((HttpStatusCode.TooManyRequests, "1"), (crowded.StatusCode, crowded.Header("Retry-After")));
        Assert.Equal((HttpStatusCode.Conflict, "1"), (late.StatusCode, late.Header("Retry-After")));
        Assert.Equal(1, _site.Inside);
        await _site.LetGoAsync();
        Assert.Equal(HttpStatusCode.OK, (await first.Soon()).StatusCode);
        Assert.Equal(0, Turns(app).Count);
    }

    [Fact]
    public async Task An_exception_ends_the_turn()
    {
        await using var app = await _site.StartAsync();
        var visitor = await app.KnownVisitorAsync();
        var (first, second) = (visitor.GetAsync("/turn"), visitor.GetAsync("/turn"));

        await _site.FailAsync();
        await _site.LetGoAsync();

        var failed = await Assert.ThrowsAnyAsync<Exception>(() => Task.WhenAll(first, second).Soon());
        Assert.Contains("told to fail", failed.ToString(), StringComparison.Ordinal);
        _ = Assert.Single(new[] { first, second }, request => request.IsCompletedSuccessfully);
        Assert.Equal(0, Turns(app).Count);
    }

    [Fact]
    public async Task An_aborted_request_ends_its_turn_or_leaves_the_queue()
    {
        await using var app = await _site.StartAsync(kestrel: true);
        var visitor = await app.KnownVisitorAsync();
        using var inside = Client(app, visitor);
        using var waiting = Client(app, visitor);
        var first = inside.GetAsync(new Uri("/turn", UriKind.Relative));
        await ExclusiveSite.UntilAsync(() => _site.Inside == 1);
        var second = waiting.GetAsync(new Uri("/turn", UriKind.Relative));
        await ExclusiveSite.UntilAsync(() => Turns(app).CountWaiting(KeyOf(visitor)) == 1);

        waiting.CancelPendingRequests();
        await ExclusiveSite.UntilAsync(() => Turns(app).CountWaiting(KeyOf(visitor)) == 0);
        inside.CancelPendingRequests();
        await ExclusiveSite.UntilAsync(() => Turns(app).Count == 0);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.Equal(1, _site.Most);
    }

    [Fact]
    public async Task A_session_that_ended_before_its_turn_came_is_a_new_one_then()
    {
        await using var app = await _site.StartAsync(e =>
        {
            e.MapGet("/end", async (HttpContext context) =>
            {
                await _site.StayAsync(context);
                await context.GetHybridSession().AbandonAsync();
            }).WithSession(exclusive: true);
            e.MapGet("/origin", (HttpContext context) => $"{context.GetHybridSession().Origin} {context.Session.GetString("k")}").WithSession(exclusive: true);
        });
        var visitor = await app.KnownVisitorAsync();
        var ending = visitor.GetAsync("/end");
        await ExclusiveSite.UntilAsync(() => _site.Inside == 1);
        var next = visitor.GetAsync("/origin");
        await ExclusiveSite.UntilAsync(() => Turns(app).CountWaiting(KeyOf(visitor)) == 1);

        await _site.LetGoAsync();
        await ending.Soon();

        Assert.Equal("Removed ", await (await next.Soon()).Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("/attribute", true)]
    [InlineData("/group/plain", true)]
    [InlineData("/group/free", false)]
    [InlineData("/group/durable", true)]
    [InlineData("/own", true)]
    [InlineData("/exclusive/plain", true)]
    [InlineData("/exclusive/free", false)]
    public async Task The_most_specific_metadata_wins(string path, bool isExclusive)
    {
        await using var app = await _site.StartAsync(
            e =>
            {
                e.MapGet("/attribute", [ExclusiveSession] (HttpContext context) => _site.StayAsync(context));
                e.MapGet("/own", _site.StayAsync).WithMetadata(new OwnMetadata());
                var group = e.MapGroup("/group").WithSession(exclusive: true);
                group.MapGet("/plain", _site.StayAsync);
                group.MapGet("/free", _site.StayAsync).WithSession(exclusive: false);
                group.MapGet("/durable", _site.StayAsync).WithSession(durability: Durability.Durable);
                e.MapControllerRoute("default", "{controller}/{action}");
            },
            services: s => s.AddSingleton(_site).AddControllers().AddApplicationPart(typeof(ExclusiveController).Assembly));
        var visitor = await app.KnownVisitorAsync();

        var requests = new[] { visitor.GetAsync(path), visitor.GetAsync(path) };
        await ExclusiveSite.UntilAsync(() => isExclusive ? Turns(app).CountWaiting(KeyOf(visitor)) == 1 : _site.Inside == 2);
        await _site.LetGoAsync();
        await _site.LetGoAsync();

        foreach (var request in requests) (await request.Soon()).EnsureSuccessStatusCode();
        Assert.Equal(isExclusive ? 1 : 2, _site.Most);
    }

    [Fact]
    public async Task Where_routing_comes_later_nobody_waits_and_that_is_said_once()
    {
        await using var app = await _site.StartAsync(routingFirst: false);
        var visitor = await app.KnownVisitorAsync();

        var requests = new[] { visitor.GetAsync("/turn"), visitor.GetAsync("/turn") };
        await ExclusiveSite.UntilAsync(() => _site.Inside == 2);
        await _site.LetGoAsync();
        await _site.LetGoAsync();
        foreach (var request in requests) (await request.Soon()).EnsureSuccessStatusCode();

        Assert.Single(app.Logs.Of(3009));
    }

    internal static Consistency.ExclusiveTurns Turns(SessionApp app) => app.Provider.GetRequiredService<SessionEngine>().Turns;

    internal static SessionKey KeyOf(Visitor visitor)
    {
        Assert.True(SessionToken.TryParse(visitor.CookieValue.AsSpan()[..SessionToken.TextLength], out var token));
        return token.ToKey();
    }

    private static HttpClient Client(SessionApp app, Visitor visitor)
    {
        var client = app.NewClient();
        client.DefaultRequestHeaders.Add("Cookie", visitor.Cookie);
        return client;
    }

    private sealed class OwnMetadata : IExclusiveSessionMetadata
    {
        public bool IsExclusive => true;
    }
}

[ExclusiveSession]
public sealed class ExclusiveController : ControllerBase
{
    private ExclusiveSite Site => HttpContext.RequestServices.GetRequiredService<ExclusiveSite>();

    public Task Plain() => Site.StayAsync(HttpContext);

    [ExclusiveSession(false)]
    public Task Free() => Site.StayAsync(HttpContext);
}
