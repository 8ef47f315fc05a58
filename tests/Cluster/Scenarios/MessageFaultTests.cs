using HybridSession.Cluster.Faults;
using HybridSession.Cluster.Report;
using HybridSession.Cluster.Site;
using HybridSession.Resilience;
using HybridSession.Resilience.Faults.Proxy;
using HybridSession.Resilience.Scenarios;

namespace HybridSession.Cluster.Scenarios;

/// <summary>The nodes' messages to each other are lost. Messages are hints: only the rows are believed.</summary>
public class MessageFaultTests(ControlledServer server)
{
    private static readonly TimeSpan During = Length.Seconds(3, 30);

    [Fact]
    [Recorded]
    public Task Listening_connections_that_are_cut_one_after_the_other_cost_no_change_and_make_no_stale_read() => CutAsync(atOnce: false);

    [Fact]
    [Recorded]
    public Task Listening_connections_that_are_all_cut_at_once_again_and_again_cost_no_change_and_make_no_stale_read() => CutAsync(atOnce: true);

    [Fact]
    [Recorded]
    public async Task Nodes_that_hear_nothing_of_each_other_lose_no_change_and_make_no_stale_read()
    {
        FaultProxy? proxy = null;
        var plan = new GroupPlan { Listen = direct => (proxy = FaultProxy.Start(direct)).Through(direct) };
        await using var scenario = await ClusterScenario.StartAsync(server, plan, browsers: Length.Of(60, 200));
        await using var listening = proxy!;
        Assert.True(listening.Connections >= 3, "The nodes do not listen by way of the proxy.");
        scenario.Audience.Begin();
        listening.Mode = new ProxyMode.BlackHole();
        await ClusterScenario.WaitAsync(During);
        listening.Mode = ProxyMode.Pass;
        scenario.Timeline.Note("messages pass again");
        await ClusterScenario.WaitAsync(Length.Seconds(0.5, 3));

        (await scenario.FinishAsync()).Conclude();
    }

    private async Task CutAsync(bool atOnce)
    {
        await using var scenario = await ClusterScenario.StartAsync(server, new GroupPlan { Listen = ListenCuts.Marked }, browsers: Length.Of(60, 200));
        await using var cuts = new ListenCuts(scenario.Group.Settings.ConnectionString, atOnce);
        scenario.Audience.Begin();
        await cuts.StartAsync();
        await ClusterScenario.WaitAsync(During);
        await cuts.HealAsync();
        scenario.Timeline.Note($"{cuts.Times} connections were cut");
        await ClusterScenario.WaitAsync(Length.Seconds(0.5, 3));

        (await scenario.FinishAsync()).Conclude();
    }
}
