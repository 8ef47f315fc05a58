using HybridSession.Cluster.Comparison;
using HybridSession.Resilience.Report;

namespace HybridSession.Cluster.Report;

public class ClusterPageTests
{
    private const string Empty = """
        head
        <!-- scenarios: written by tests/Cluster/run.sh -->
        | obsolete |
        <!-- end of scenarios -->
        <!-- rates: written by tests/Cluster/run.sh -->
        <!-- end of rates -->
        <!-- hop: written by tests/Cluster/run.sh -->
        <!-- end of hop -->
        tail
        """;

    [Fact]
    public void Records_become_lines_and_everything_else_stays()
    {
        var page = ClusterPage.Update(Empty, [Record], Comparison);

        Assert.StartsWith("head\n", page, StringComparison.Ordinal);
        Assert.EndsWith("\ntail", page, StringComparison.Ordinal);
        Assert.DoesNotContain("obsolete", page, StringComparison.Ordinal);
        Assert.Contains("| All is well | Durable | 200 | 100,000 | 0 | 2, the oldest 150 ms before the crash | 2 | 0 | 1 | 12 ms |", page, StringComparison.Ordinal);
        Assert.Contains("| three nodes, round robin | 0.50 (0.50-0.50) | 0.90 (0.90-0.90) |", page, StringComparison.Ordinal);
        Assert.Contains("| on another node: a hop | 3.00 | 2.50 | 2.00 ms | 3.00 ms |", page, StringComparison.Ordinal);
        Assert.Equal(page, ClusterPage.Update(page, [Record], Comparison));
    }

    [Fact]
    public void A_document_without_the_markers_is_refused() => Assert.Throws<InvalidOperationException>(() => ClusterPage.Update("no table", [], Comparison));

    [Fact]
    public void The_page_has_a_line_for_every_scenario()
    {
        var page = File.ReadAllText(ClusterPageWriter.Page);
        var scenarios = typeof(Scenarios.ClusterScenario).Assembly.GetTypes().Where(t => t.Namespace == typeof(Scenarios.ClusterScenario).Namespace)
            .SelectMany(t => t.GetMethods()).Where(m => m.IsDefined(typeof(RecordedAttribute), inherit: true));

        Assert.NotEmpty(scenarios);
        Assert.All(scenarios, s => Assert.Contains($"| {s.Name.Replace('_', ' ')} |", page, StringComparison.Ordinal));
    }

    private static ClusterRecord Record => new()
    {
        Test = "all_is_well",
        Level = Durability.Durable,
        Length = "long",
        Browsers = 200,
        Requests = 100_000,
        Stale = 0,
        Missing = 2,
        OldestMissing = 150,
        SignOuts = 0,
        Errors = 1,
        Reported = 2,
        Slowest = 12,
    };

    private static ComparisonRecord Comparison => new()
    {
        Length = "long",
        Changes = new Rates { Alone = [100], Sticky = [95], RoundRobin = [50] },
        Reads = new Rates { Alone = [100], Sticky = [100], RoundRobin = [90] },
        Stay = new Percentiles(1, 2),
        Hop = new Percentiles(3, 5),
        Durable = new Percentiles(2, 4),
    };
}
