using HybridSession.Cluster.Load;
using HybridSession.Cluster.Site;
using HybridSession.Resilience.Scenarios;

namespace HybridSession.Cluster.Scenarios;

/// <summary>Requests of one session that read, wait and write, on three nodes at the same time.</summary>
public class ExclusiveTests(ControlledServer server)
{
    private const int Increments = 50;
    private const string Path = "/increment/count?milliseconds=5";

    [Fact]
    public async Task Fifty_increments_at_the_same_time_on_three_nodes_end_at_exactly_fifty()
    {
        await using var group = await NodeGroup.StartAsync(server, new GroupPlan());
        using var nodes = new Nodes(group.Addresses);
        var jar = await nodes.BeginAsync(0);
        // The same stamp each: no cookie tells what the others do.
        var cookie = jar.Cookie;

        var answers = await Task.WhenAll(Enumerable.Range(0, Increments).Select(i => nodes.SendAsync(i % 3, HttpMethod.Post, Path, cookie)));

        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        for (var node = 0; node < 3; node++)
        {
            // Without a stamp the row is read.
            var registers = (await nodes.SendAsync(node, HttpMethod.Get, "/registers", jar.Token)).Registers;
            Assert.Equal(Increments, registers?.GetValueOrDefault("count"));
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{Increments} turns took {(answers.Max(a => a.Completed) - answers.Min(a => a.Invoked)) / (double)System.Diagnostics.Stopwatch.Frequency:0.00} s.");
    }
}
