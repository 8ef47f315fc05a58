using HybridSession.Cluster.History;
using HybridSession.Cluster.Report;
using HybridSession.Cluster.Site;
using HybridSession.Resilience;
using HybridSession.Resilience.Scenarios;

namespace HybridSession.Cluster.Scenarios;

/// <summary>Nodes come and go while clients go on.</summary>
public class NodeEndTests(ControlledServer server)
{
    private static readonly TimeSpan Load = Length.Seconds(0.7, 3);

    [Fact]
    [Recorded]
    public async Task A_rolling_deploy_loses_nothing_and_signs_nobody_out()
    {
        await using var scenario = await ClusterScenario.StartAsync(server, new GroupPlan(), browsers: Length.Of(60, 200));
        scenario.Audience.Begin();
        for (var round = 0; round < Length.Of(1, 3); round++)
        {
            for (var node = 0; node < 3; node++)
            {
                await ClusterScenario.WaitAsync(Load);
                var end = await scenario.Group.DeployAsync(node);
                scenario.Timeline.Note($"node {node + 1} was replaced; it had stopped in {end.Took.TotalSeconds:0.00} s");
                Assert.Equal(0, end.ExitCode);
            }
        }

        await ClusterScenario.WaitAsync(Load);
        var result = await scenario.FinishAsync();
        Assert.Equal(0, result.Record.SignOuts);
        result.Conclude();
    }

    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [Recorded]
    public async Task A_killed_node_loses_no_more_than_its_level_allows_and_each_client_concerned_is_told(Durability level)
    {
        await using var scenario = await ClusterScenario.StartAsync(server, new GroupPlan { Level = level }, browsers: Length.Of(60, 200));
        scenario.Audience.Begin();
        for (var round = 0; round < Length.Of(1, 4); round++)
        {
            await ClusterScenario.WaitAsync(2 * Load);
            await scenario.KillAsync(round % 3);
            await ClusterScenario.WaitAsync(2 * Load);
            await scenario.Group.ReplaceAsync(round % 3);
        }

        await ClusterScenario.WaitAsync(Load);
        var result = await scenario.FinishAsync(maxErrorRate: null);
        var reports = LossReports.Of(result.Operations);
        TestContext.Current.TestOutputHelper?.WriteLine($"{reports.Reported} losses were told, {reports.LateOnly} warnings came without one; the meters say {result.ReportedLost}.");
        Assert.Empty(reports.Unreported);
        Assert.Equal(0, result.Record.SignOuts);
        Assert.True(result.ReportedLost >= reports.Reported, $"{reports.Reported} clients were told of a loss, and the meters counted {result.ReportedLost}.");
        if (level == Durability.Durable) Assert.Equal((0, 0L), (reports.Reported, result.Record.Missing));
        result.Conclude();
    }
}
