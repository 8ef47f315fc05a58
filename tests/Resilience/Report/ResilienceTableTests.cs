using HybridSession.Resilience.Scenarios;

namespace HybridSession.Resilience.Report;

public class ResilienceTableTests
{
    private static readonly FaultRow First = new("a-row", "a fault", "a promise", "Tests.First", Durability.Durable);
    private static readonly FaultRow Second = new("b-row", "b fault", "b promise", "Tests.Second", Durability.WriteBehind);

    [Fact]
    public void Every_scenario_has_a_row_without_an_empty_cell()
    {
        var lines = ResilienceTable.Read(File.ReadAllText(Repository.Document));

        Assert.NotEmpty(FaultRow.All);
        Assert.Equal(FaultRow.All.Select(r => (r.Id, r.Level.ToString())).Order(), lines.Keys.Order());
        Assert.All(lines, line => Assert.DoesNotContain(line.Value, string.IsNullOrWhiteSpace));
        Assert.All(FaultRow.All, row => Assert.Equal([row.Fault, row.Expected, $"`{row.Test}`"], (string[])[.. lines[(row.Id, row.Level.ToString())][2..4], lines[(row.Id, row.Level.ToString())][^1]]));
    }

    [Fact]
    public void Rows_have_names_of_their_own() => Assert.Distinct(FaultRow.All.Select(r => (r.Id, r.Level)));

    [Fact]
    public void A_record_makes_a_line_and_a_row_without_one_keeps_the_line_it_had()
    {
        var document = ResilienceTable.Update(Empty, [First, Second], [Record(First, missing: 0), Record(Second, missing: 3)]);
        var again = ResilienceTable.Update(document, [First, Second], [Record(First, missing: 0, rounds: 9)]);

        var lines = ResilienceTable.Read(again);
        Assert.Equal(["a-row", "Durable", "a fault", "a promise", "9", "1,000", "1,000", "0", "0", "12 ms", "5 of 2,000", "1.5 s", "`Tests.First`"], lines[("a-row", "Durable")]);
        Assert.Equal("3, the oldest 150 ms before the crash", lines[("b-row", "WriteBehind")][7]);
        Assert.StartsWith("head\n", again, StringComparison.Ordinal);
        Assert.EndsWith("\ntail", again, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_without_a_row_goes()
    {
        var document = ResilienceTable.Update(Empty, [First, Second], [Record(First, missing: 0), Record(Second, missing: 0)]);

        Assert.Equal([("b-row", "WriteBehind")], ResilienceTable.Read(ResilienceTable.Update(document, [Second], [])).Keys);
    }

    [Fact]
    public void A_document_without_the_markers_is_refused() => Assert.Throws<InvalidOperationException>(() => ResilienceTable.Update("no table", [First], []));

    private static string Empty => $"head\n{ResilienceTable.Begin}\n{ResilienceTable.End}\ntail";

    private static FaultRecord Record(FaultRow row, long missing, int rounds = 1) => new()
    {
        Row = row.Id,
        Fault = row.Fault,
        Expected = row.Expected,
        Test = row.Test,
        Level = row.Level,
        Length = "long",
        Rounds = rounds,
        Acknowledged = 1_000,
        Missing = missing,
        OldestMissing = 150,
        Reported = 0,
        Slowest = 12,
        Requests = 2_000,
        Errors = 5,
        Recovery = 1.5,
    };
}
