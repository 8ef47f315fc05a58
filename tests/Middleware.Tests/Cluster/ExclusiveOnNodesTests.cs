using System.Net;
using HybridSession.Core.Tests.Doubles;
using HybridSession.Middleware.Tests.Endpoints;
using HybridSession.Middleware.Tests.Hosting;
using Xunit;

namespace HybridSession.Middleware.Tests.Cluster;

/// <summary>Exclusive endpoints on two nodes that share their locks.</summary>
public class ExclusiveOnNodesTests
{
    private readonly PeerNetwork _network = new();
    private readonly LockNetwork _locks = new();
    private readonly ExclusiveSite _site = new();

    [Fact]
    public async Task Requests_of_one_session_run_in_turn_on_all_nodes_and_see_each_others_changes()
    {
        await using var a = await _site.StartAsync(network: _network, locks: _locks, options: o => o.Exclusive.MaxWait = TimeSpan.FromMinutes(10));
        await using var b = await a.StartPeerAsync();
        var onA = await a.KnownVisitorAsync();
        var requests = new List<Task<HttpResponseMessage>>();
        foreach (var app in Enumerable.Repeat(new[] { a, b }, 5).SelectMany(pair => pair))
        {
            // The same old stamp each: nobody's cookie tells what the others did.
            var visitor = app.NewVisitor();
            visitor.Cookie = onA.Cookie;
            requests.Add(visitor.GetAsync("/turn"));
        }

        for (var i = 0; i < requests.Count; i++) await PassUntilAsync(a, _site.LetGoAsync());
        await PassUntilAsync(a, Task.WhenAll(requests));

        var answers = await Task.WhenAll(requests.Select(async r => await (await r).Content.ReadAsStringAsync()));
        Assert.Equal(Enumerable.Range(1, 10), answers.Select(int.Parse).Order());
        Assert.Equal(1, _site.Most);
        Assert.Equal((0, 0, 0), (_locks.Count, ExclusiveSessionTests.Turns(a).Count, ExclusiveSessionTests.Turns(b).Count));
    }

    [Theory, InlineData(UnavailableBehavior.Degrade, HttpStatusCode.OK), InlineData(UnavailableBehavior.Fail503, HttpStatusCode.ServiceUnavailable)]
    public async Task Where_the_locks_cannot_be_asked_for_it_is_as_for_a_session_that_cannot_be_loaded(UnavailableBehavior behavior, HttpStatusCode expected)
    {
        await using var a = await _site.StartAsync(network: _network, locks: _locks, options: o => o.OnUnavailable = behavior);
        await using var b = await a.StartPeerAsync();
        var visitor = await a.KnownVisitorAsync();
        _locks.Failure = new BackingStoreException("The locks are away.");

        var request = visitor.GetAsync("/turn");
        if (behavior == UnavailableBehavior.Degrade) await _site.LetGoAsync();

        Assert.Equal(expected, (await request.Soon()).StatusCode);
        Assert.Single(a.Logs.Of(3001));
        Assert.Equal(0, ExclusiveSessionTests.Turns(a).Count);
        Assert.NotNull(visitor.Cookie);
    }

    [Fact]
    public async Task A_locked_request_has_stored_its_changes_when_its_turn_has_ended()
    {
        await using var a = await _site.StartAsync(network: _network, locks: _locks);
        await using var b = await a.StartPeerAsync();
        var visitor = await a.KnownVisitorAsync();
        a.Faults.Forget();

        var request = visitor.GetAsync("/turn");
        await _site.LetGoAsync();
        (await request.Soon()).EnsureSuccessStatusCode();
        Assert.True(a.Faults.Count("Flush") > 0);

        a.Faults.Forget();
        var free = visitor.GetAsync("/free");
        await _site.LetGoAsync();
        (await free.Soon()).EnsureSuccessStatusCode();
        Assert.Equal(0, a.Faults.Count("Flush"));
    }

    // The pauses between two attempts at a lock are on the clock of the sites.
    private static async Task PassUntilAsync(SessionApp app, Task work)
    {
        var clock = new PacedClock(app.Time);
        while (!work.IsCompleted)
        {
            clock.TryStep(TimeSpan.FromMilliseconds(20));
            await Task.Yield();
        }

        await work;
    }
}
