using HybridSession.Cluster.Report;
using HybridSession.Resilience.History;
using HybridSession.Resilience.Scenarios;

namespace HybridSession.Cluster.Scenarios;

/// <summary>What a scenario has shown.</summary>
/// <param name="Record">Its figures.</param>
/// <param name="Violations">Promises not kept.</param>
/// <param name="Operations">What the clients remember.</param>
/// <param name="ReportedLost">What the meters of all nodes counted as lost.</param>
/// <param name="Log">What the nodes wrote.</param>
internal sealed record ClusterResult(ClusterRecord Record, IReadOnlyList<Violation> Violations, IReadOnlyList<Operation> Operations, long ReportedLost, IReadOnlyList<string> Log)
{
    /// <summary>Fails where a promise was not kept; otherwise leaves the record.</summary>
    /// <param name="notPromised">Checks that the scenario does not judge by.</param>
    public void Conclude(params IReadOnlyList<string> notPromised)
    {
        Show();
        var violations = Violations.Where(v => !notPromised.Contains(v.Check)).ToList();
        if (violations.Count > 0) Assert.Fail(Verdict.Explain(violations, Log));
        Record.Write();
    }

    /// <summary>Writes the figures into the output of the test.</summary>
    public void Show() => TestContext.Current.TestOutputHelper?.WriteLine(Record.ToString());

    /// <summary>The share of a browser's requests that another node answered than the one before; for browsers with one request at a time.</summary>
    public double Moves
    {
        get
        {
            var (moves, all) = (0, 0);
            foreach (var browser in Operations.Where(o => o is { Kind: OperationKind.Read, Outcome: Outcome.Ok }).GroupBy(o => o.Client))
            {
                var nodes = browser.OrderBy(o => o.Invoked).Select(o => o.Node).ToList();
                moves += nodes.Zip(nodes.Skip(1)).Count(pair => pair.First != pair.Second);
                all += nodes.Count - 1;
            }

            return (double)moves / all;
        }
    }
}
