using System.Diagnostics;
using HybridSession.Cluster.Balancer;
using HybridSession.Cluster.Load;
using HybridSession.Cluster.Site;
using HybridSession.Resilience;
using HybridSession.Resilience.Scenarios;

namespace HybridSession.Cluster.Comparison;

/// <summary>
/// What several nodes cost, side by side on one machine: the processors are the same for all, so a rate says what a request costs, and not how a site grows.
/// </summary>
public class ComparisonTests(ControlledServer server)
{
    private const int Browsers = 64;
    private static readonly int Turns = Length.Of(1, 5);
    private static readonly TimeSpan Turn = Length.Seconds(0.7, 3);
    private static readonly int Steps = Length.Of(100, 3_000);

    [Fact]
    public async Task What_several_nodes_cost_is_measured_side_by_side()
    {
        await using var one = await NodeGroup.StartAsync(server, new GroupPlan { Nodes = 1, IsCluster = false });
        await using var three = await NodeGroup.StartAsync(server, new GroupPlan());
        await using var sticky = await Haproxy.StartAsync(Affinity.NodeOfCookie, three.Addresses);
        using var alone = await GatherAsync(one.Address);
        using var staying = await GatherAtFirstAsync(sticky);
        using var moving = await GatherAsync(three.Address);

        var (changes, reads) = (new Rates(), new Rates());
        for (var turn = -1; turn < Turns; turn++)
        {
            foreach (var (rates, onlyReads) in new[] { (changes, false), (reads, true) })
            {
                var turnOf = (Alone: await RateAsync(alone, onlyReads), Sticky: await RateAsync(staying, onlyReads), RoundRobin: await RateAsync(moving, onlyReads));
                // The first turn warms up.
                if (turn < 0) continue;
                rates.Alone.Add(turnOf.Alone);
                rates.Sticky.Add(turnOf.Sticky);
                rates.RoundRobin.Add(turnOf.RoundRobin);
            }
        }

        var (stay, hop, durable) = await StepAsync(three);
        var record = new ComparisonRecord { Length = Length.Name, Changes = changes, Reads = reads, Stay = stay, Hop = hop, Durable = durable };
        record.Write();
        TestContext.Current.TestOutputHelper?.WriteLine(File.ReadAllText(ComparisonRecord.File));

        foreach (var audience in new[] { alone, staying, moving }) Assert.DoesNotContain(audience.Log.Snapshot(), o => o.Outcome != Resilience.History.Outcome.Ok);
        Assert.Equal(BalancerConfig.ServerName(0), Assert.Single(staying.Log.Snapshot().Select(o => o.Node).Distinct()));
    }

    private static async Task<Audience> GatherAsync(Uri address)
    {
        var audience = new Audience(address, Browsers);
        await audience.WarmUpAsync();
        return audience;
    }

    // Everybody begins at one node, and the cookie keeps them there.
    private static async Task<Audience> GatherAtFirstAsync(Haproxy sticky)
    {
        await sticky.DrainAsync(1);
        await sticky.DrainAsync(2);
        var audience = await GatherAsync(sticky.Address);
        await sticky.ReadyAsync(1);
        await sticky.ReadyAsync(2);
        return audience;
    }

    private static async Task<double> RateAsync(Audience audience, bool onlyReads)
    {
        var (clock, before) = (Stopwatch.StartNew(), audience.Answered);
        audience.Begin(onlyReads);
        await Task.Delay(Turn, TestContext.Current.CancellationToken);
        var rate = (audience.Answered - before) / clock.Elapsed.TotalSeconds;
        await audience.StopAsync();
        return rate;
    }

    // One browser: twice on each node, so that every second request is a hop; and a change that waits for its commit, for scale.
    private static async Task<(Percentiles Stay, Percentiles Hop, Percentiles Durable)> StepAsync(NodeGroup group)
    {
        using var nodes = new Nodes(group.Addresses);
        var jar = await nodes.BeginAsync(0);
        List<TimeSpan> stay = [], hop = [], durable = [];
        var node = 0;
        for (var step = 0; step < Steps; step++)
        {
            stay.Add(await VisitAsync(""));
            durable.Add(await VisitAsync("?level=durable"));
            await VisitAsync("");
            node = (node + 1) % group.Addresses.Count;
            hop.Add(await VisitAsync(""));
        }

        return (Percentiles.Of(stay), Percentiles.Of(hop), Percentiles.Of(durable));

        async Task<TimeSpan> VisitAsync(string query)
        {
            var answer = await nodes.SendAsync(node, HttpMethod.Put, $"/visit/step/{stay.Count + durable.Count + hop.Count}{query}", jar);
            Assert.Equal(200, answer.Status);
            return Stopwatch.GetElapsedTime(answer.Invoked, answer.Completed);
        }
    }
}
