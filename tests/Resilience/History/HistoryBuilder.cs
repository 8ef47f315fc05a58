using System.Diagnostics;

namespace HybridSession.Resilience.History;

/// <summary>Writes small histories for the tests of the checker. Times are milliseconds from the start.</summary>
internal sealed class HistoryBuilder
{
    private readonly List<Operation> _operations = [];
    private readonly List<FinalRead> _reads = [];

    public CheckRules Rules { get; set; } = new() { Level = Durability.WriteBehind, MaxErrorRate = null };

    public Observations Observations { get; set; } = new() { AuditedWrites = 1 };

    public HistoryBuilder Set(string register, long value, int at, Outcome outcome = Outcome.Ok, int session = 1, int generation = 1, int client = 1, bool durable = false, int took = 1) =>
        Add(new Operation
        {
            Client = client,
            Session = session,
            Kind = OperationKind.Set,
            Register = register,
            Value = value,
            IsDurable = durable,
            Generation = generation,
            Invoked = Stamp(at),
            Completed = Stamp(at + took),
            Outcome = outcome,
            Status = StatusOf(outcome),
        });

    public HistoryBuilder Read(int at, Dictionary<string, long> seen, int session = 1, int generation = 1, int client = 1, OperationKind kind = OperationKind.Read) =>
        Add(new Operation
        {
            Client = client,
            Session = session,
            Kind = kind,
            Generation = generation,
            Seen = seen,
            Invoked = Stamp(at),
            Completed = Stamp(at + 1),
            Outcome = Outcome.Ok,
            Status = 200,
        });

    public HistoryBuilder End(OperationKind kind, int at, Outcome outcome = Outcome.Ok, int session = 1, int generation = 1) =>
        Add(new Operation
        {
            Client = 1,
            Session = session,
            Kind = kind,
            Generation = generation,
            Invoked = Stamp(at),
            Completed = Stamp(at + 1),
            Outcome = outcome,
            Status = StatusOf(outcome),
        });

    public HistoryBuilder Stored(Dictionary<string, long>? registers, int session = 1, int generation = 1, bool isCurrent = true)
    {
        _reads.Add(new FinalRead(session, generation, isCurrent, registers));
        return this;
    }

    public HistoryBuilder Crash(int at, int window = 200)
    {
        Rules = Rules with { Crashes = [.. Rules.Crashes, new Crash(Stamp(at), Stamp(at + 5), TimeSpan.FromMilliseconds(window))] };
        return this;
    }

    public CheckResult Check() => HistoryChecker.Check(_operations, new FinalState(_reads), Rules, Observations);

    /// <summary>The checks that failed, in order.</summary>
    public string Violated() => string.Join(' ', Check().Violations.Select(v => v.Check).Order(StringComparer.Ordinal));

    private static long Stamp(int milliseconds) => Stopwatch.Frequency + (milliseconds * Stopwatch.Frequency / 1_000);

    private static int StatusOf(Outcome outcome) => outcome switch { Outcome.Ok => 200, Outcome.Failed => 503, _ => 0 };

    private HistoryBuilder Add(Operation operation)
    {
        _operations.Add(operation);
        return this;
    }
}
