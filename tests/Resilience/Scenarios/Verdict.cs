using System.Text;
using HybridSession.Resilience.History;
using HybridSession.Resilience.Report;

namespace HybridSession.Resilience.Scenarios;

/// <summary>The end of a scenario: a failure with what to look at, or a record for the table.</summary>
internal static class Verdict
{
    private const int ShownViolations = 20;
    private const int ShownLog = 60;

    /// <param name="row">The row of the table.</param>
    /// <param name="rounds">How often the fault happened.</param>
    /// <param name="results">Of each crowd.</param>
    /// <param name="observations">Of the last site.</param>
    /// <param name="log">Of the last site.</param>
    public static void Conclude(FaultRow row, int rounds, IReadOnlyList<CheckResult> results, Observations observations, IReadOnlyList<string> log)
    {
        var record = FaultRecord.Of(row, rounds, results, observations.ReportedLost, observations.Recovery);
        TestContext.Current.TestOutputHelper?.WriteLine(record.ToString());
        var violations = results.SelectMany(r => r.Violations).ToList();
        if (violations.Count > 0) Assert.Fail(Explain(violations, log));
        record.Write();
    }

    /// <summary>What a failed test says: the promises, then the log with repetitions left out.</summary>
    public static string Explain(IReadOnlyList<Violation> violations, IReadOnlyList<string> log)
    {
        var text = new StringBuilder($"{violations.Count} promises were not kept:").AppendLine();
        foreach (var violation in violations.Take(ShownViolations)) text.AppendLine(violation.ToString());
        text.AppendLine("The end of the site's log:");
        foreach (var line in Collapse(log).TakeLast(ShownLog)) text.AppendLine(line);
        return text.ToString();
    }

    // An outage repeats itself; the first of a kind is enough.
    private static IEnumerable<string> Collapse(IReadOnlyList<string> log)
    {
        for (var i = 0; i < log.Count;)
        {
            var first = i;
            while (i < log.Count && EventOf(log[i]) == EventOf(log[first])) i++;
            yield return i - first == 1 ? log[first] : $"{log[first]} (and {i - first - 1} more of this kind)";
        }
    }

    // "time level event: ..."
    private static string EventOf(string line) => line.Split(' ', 4) is [_, var level, var name, ..] ? $"{level} {name}" : line;
}
