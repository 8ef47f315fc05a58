using HybridSession.Resilience.History;

namespace HybridSession.Cluster.History;

public class LossReportsTests
{
    private long _now;

    [Fact]
    public void A_read_that_shows_everything_is_no_loss() =>
        Assert.Equal((0, 0, 0), Count(Set("a", 1), Read(new() { ["a"] = 1 }), Set("a", 2), Read(new() { ["a"] = 3 })));

    [Fact]
    public void A_read_that_shows_less_has_to_say_so()
    {
        Assert.Equal((1, 0, 0), Count(Set("a", 1), Read([])));
        Assert.Equal((0, 1, 0), Count(Set("a", 1), Read([], origin: "Lost")));
    }

    [Fact]
    public void A_loss_is_told_once() => Assert.Equal((0, 1, 0), Count(Set("a", 1), Set("a", 2), Read(new() { ["a"] = 1 }, origin: "Lost"), Read(new() { ["a"] = 1 })));

    [Fact]
    public void A_warning_without_a_loss_is_counted_apart() => Assert.Equal((0, 0, 1), Count(Set("a", 1), Read(new() { ["a"] = 1 }, origin: "Lost")));

    [Fact]
    public void What_was_not_acknowledged_may_be_missing() => Assert.Equal((0, 0, 0), Count(Set("a", 1) with { Outcome = Outcome.Unknown }, Read([])));

    private static (int, int, int) Count(params Operation[] operations)
    {
        var reports = LossReports.Of(operations);
        return (reports.Unreported.Count, reports.Reported, reports.LateOnly);
    }

    private Operation Set(string register, long value) => Operation(OperationKind.Set) with { Register = register, Value = value };

    private Operation Read(Dictionary<string, long> seen, string origin = "Memory") => Operation(OperationKind.Read) with { Seen = seen, Origin = origin };

    private Operation Operation(OperationKind kind) => new() { Client = 1, Session = 1, Kind = kind, Invoked = ++_now, Completed = ++_now, Outcome = Outcome.Ok };
}
