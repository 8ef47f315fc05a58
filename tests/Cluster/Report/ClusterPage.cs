using System.Globalization;
using HybridSession.Cluster.Comparison;

namespace HybridSession.Cluster.Report;

/// <summary>The tables of <c>docs/cluster.md</c>, each between two markers. Pure.</summary>
internal static class ClusterPage
{
    /// <summary>The document with what was measured.</summary>
    public static string Update(string document, IReadOnlyList<ClusterRecord> records, ComparisonRecord comparison) =>
        Replace(Replace(Replace(document, "scenarios", Scenarios(records)), "rates", RateLines(comparison)), "hop", HopLines(comparison));

    /// <exception cref="InvalidOperationException">The document has no such table.</exception>
    public static string Replace(string document, string name, IEnumerable<string[]> lines)
    {
        var (begin, end) = ($"<!-- {name}: written by tests/Cluster/run.sh -->", $"<!-- end of {name} -->");
        var (from, to) = (document.IndexOf(begin, StringComparison.Ordinal) + begin.Length, document.IndexOf(end, StringComparison.Ordinal));
        if (from < begin.Length || to < from) throw new InvalidOperationException($"The document has no table between '{begin}' and '{end}'.");
        return $"{document[..from]}\n{string.Join('\n', lines.Select(cells => $"| {string.Join(" | ", cells)} |"))}\n{document[to..]}";
    }

    private static IEnumerable<string[]> Scenarios(IReadOnlyList<ClusterRecord> records) =>
    [
        ["What is shown", "Level", "Browsers", "Requests", "Stale reads", "Lost changes", "Clients told of a loss", "Sign-outs", "Failed requests", "Slowest"],
        [.. Enumerable.Repeat("---", 10)],
        .. records.Select(r => new[]
        {
            $"{char.ToUpperInvariant(r.Test[0])}{r.Test[1..].Replace('_', ' ')}",
            r.Level.ToString(),
            Number(r.Browsers),
            Number(r.Requests),
            Number(r.Stale),
            r.OldestMissing == 0 ? Number(r.Missing) : $"{Number(r.Missing)}, the oldest {Number(r.OldestMissing)} ms before the crash",
            Number(r.Reported),
            Number(r.SignOuts),
            Number(r.Errors),
            $"{Number(r.Slowest)} ms",
        }),
    ];

    private static IEnumerable<string[]> RateLines(ComparisonRecord c) =>
    [
        ["Requests a second, all through the balancer", "every request changes its session", "every request only reads"],
        ["---", "---", "---"],
        ["one node, cluster off", "1", "1"],
        ["three nodes, sticky, all clients on one of them", Ratio(c.Changes.Sticky, c.Changes.Alone), Ratio(c.Reads.Sticky, c.Reads.Alone)],
        ["three nodes, round robin", Ratio(c.Changes.RoundRobin, c.Changes.Alone), Ratio(c.Reads.RoundRobin, c.Reads.Alone)],
    ];

    private static IEnumerable<string[]> HopLines(ComparisonRecord c) =>
    [
        ["A request that changes its session, one at a time", "p50", "p99", "added at p50", "added at p99"],
        ["---", "---", "---", "---", "---"],
        ["on the node of the last change", "1", "1", "", ""],
        Latency("on another node: a hop", c.Hop, c.Stay),
        Latency("on the node of the last change, `Durable`", c.Durable, c.Stay),
    ];

    private static string[] Latency(string what, Percentiles times, Percentiles reference) =>
        [what, Decimal(times.P50 / reference.P50), Decimal(times.P99 / reference.P99), $"{Decimal(times.P50 - reference.P50)} ms", $"{Decimal(times.P99 - reference.P99)} ms"];

    private static string Ratio(IReadOnlyList<double> rates, IReadOnlyList<double> alone)
    {
        var (median, lowest, highest) = Rates.Ratio(rates, alone);
        return $"{Decimal(median)} ({Decimal(lowest)}-{Decimal(highest)})";
    }

    private static string Number(double value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Decimal(double value) => value.ToString(Math.Abs(value) < 10 ? "0.00" : "0.0", CultureInfo.InvariantCulture);
}
