using System.Text.RegularExpressions;

namespace HybridSession.Middleware.Tests.Documentation;

/// <summary>A line of a table of <c>docs/features.md</c>: what it is about, what HybridSession does, and the tests that show it.</summary>
internal sealed record FeatureRow(string Feature, string Answer, IReadOnlyList<string> Proofs);

internal static partial class FeatureTable
{
    private const int Columns = 5;
    private const int RuleColumns = 4;

    /// <summary>The rows of the tables of features.</summary>
    public static IReadOnlyList<FeatureRow> Features(string page) => [.. Rows(page, Columns).Select(c => new FeatureRow(c[0], c[3], Proofs(c[4])))];

    /// <summary>The rows of the table of rules, without its heading.</summary>
    public static IReadOnlyList<FeatureRow> Rules(string page) => [.. Rows(page, RuleColumns).Select(c => new FeatureRow(c[0], c[2], Proofs(c[3])))];

    private static IEnumerable<string[]> Rows(string page, int columns) => page.Split('\n')
        .Where(line => line.StartsWith("| ", StringComparison.Ordinal))
        .Select(Cells)
        .Where(cells => cells.Length == columns && cells[^1] != "Proof");

    // A line that is neither would otherwise be overlooked.
    private static string[] Cells(string line) => line.Trim()[1..^1].Split('|', StringSplitOptions.TrimEntries) is { Length: Columns or RuleColumns } cells
        ? cells
        : throw new FormatException($"A line of the page has neither {RuleColumns} nor {Columns} columns: {line}");

    private static string[] Proofs(string cell) => [.. Quoted().Matches(cell).Select(m => m.Groups[1].Value)];

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
