using System.Globalization;
using HybridSession.Resilience.Scenarios;

namespace HybridSession.Resilience.Report;

/// <summary>The table of <c>docs/resilience.md</c>: a line for each row and level, between two markers. Pure.</summary>
internal static class ResilienceTable
{
    public const string Begin = "<!-- table: written by tests/Resilience/run.sh -->";
    public const string End = "<!-- end of table -->";

    private const int KeyColumns = 2;

    private static readonly string[] Columns =
        ["Row", "Level", "Fault", "What is promised", "Times", "Acknowledged", "Stored", "Missing", "Reported", "Slowest request", "Errors", "All stored again after", "Test"];

    /// <summary>The document with what the records say. A row without a record keeps the line it had; a line without a row goes.</summary>
    public static string Update(string document, IReadOnlyList<FaultRow> rows, IReadOnlyList<FaultRecord> records)
    {
        var (head, lines, tail) = Split(document);
        var known = lines.ToDictionary(Key, StringComparer.Ordinal);
        var fresh = records.ToDictionary(r => Key([r.Row, r.Level.ToString()]), Line, StringComparer.Ordinal);
        var table = new List<string> { Join(Columns), Join(Columns.Select(_ => "---")) };
        foreach (var row in rows)
        {
            var key = Key([row.Id, row.Level.ToString()]);
            if (fresh.TryGetValue(key, out var cells) || known.TryGetValue(key, out cells)) table.Add(Join(cells));
        }

        return $"{head}{Begin}\n{string.Join('\n', table)}\n{End}{tail}";
    }

    /// <summary>The cells of the document's table, a line each, by row and level.</summary>
    public static IReadOnlyDictionary<(string Row, string Level), string[]> Read(string document) => Split(document).Lines.ToDictionary(c => (c[0], c[1]));

    private static string[] Line(FaultRecord r) =>
    [
        r.Row,
        r.Level.ToString(),
        r.Fault,
        r.Expected,
        Number(r.Rounds),
        Number(r.Acknowledged),
        Number(r.Stored),
        r.Missing == 0 ? "0" : $"{Number(r.Missing)}, the oldest {Number(r.OldestMissing)} ms before the crash",
        Number(r.Reported),
        $"{Number(r.Slowest)} ms",
        $"{Number(r.Errors)} of {Number(r.Requests)}",
        r.Recovery is { } seconds ? seconds.ToString("0.0 s", CultureInfo.InvariantCulture) : "not measured",
        $"`{r.Test}`",
    ];

    private static (string Head, List<string[]> Lines, string Tail) Split(string document)
    {
        var begin = document.IndexOf(Begin, StringComparison.Ordinal);
        var end = document.IndexOf(End, StringComparison.Ordinal);
        if (begin < 0 || end < begin) throw new InvalidOperationException($"The document has no table between '{Begin}' and '{End}'.");
        var table = document[(begin + Begin.Length)..end].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return (document[..begin], [.. table.Skip(2).Select(Cells)], document[(end + End.Length)..]);
    }

    private static string[] Cells(string line) => [.. line.Trim().Trim('|').Split('|').Select(c => c.Trim())];

    private static string Key(string[] cells) => string.Join('/', cells.Take(KeyColumns));

    private static string Join(IEnumerable<string> cells) => $"| {string.Join(" | ", cells.Select(c => c.Replace("|", "/", StringComparison.Ordinal)))} |";

    private static string Number(double value) => value.ToString("#,0", CultureInfo.InvariantCulture);
}
