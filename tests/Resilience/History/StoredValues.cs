namespace HybridSession.Resilience.History;

/// <summary>C1, C2, C6 and C7: what is stored against what was sent, acknowledged and reported.</summary>
internal sealed class StoredValues
{
    private readonly CheckRules _rules;
    private readonly IReadOnlyList<Operation> _sets;
    private readonly FinalState _final;
    private readonly HashSet<int> _unreachable;

    public StoredValues(IReadOnlyList<Operation> operations, FinalState final, CheckRules rules)
    {
        (_rules, _final) = (rules, final);
        _sets = [.. operations.Where(o => o.Kind == OperationKind.Set)];
        _unreachable = Unreachable(operations, final);
        Missing = [.. _sets.Where(o => o.Outcome == Outcome.Ok && !_unreachable.Contains(o.Session) && StoredOf(o) < o.Value)];
    }

    public long Acknowledged => _sets.Count(o => o.Outcome == Outcome.Ok);

    /// <summary>Acknowledged, and neither there nor superseded.</summary>
    public IReadOnlyList<Operation> Missing { get; }

    public TimeSpan OldestMissing => Missing.Select(AgeAtCrash).DefaultIfEmpty().Max();

    public IEnumerable<Violation> Violations(long reportedLost) => [.. Lost(), .. Invented(), .. Reported(reportedLost)];

    private IEnumerable<Violation> Lost()
    {
        foreach (var set in Missing.Where(o => !IsExcused(o)))
        {
            if (_rules.MayReportLoss) continue;
            var isLate = _rules.Level == Durability.WriteBehind && !set.IsDurable && _rules.Crashes.Any(c => set.Invoked <= c.To);
            yield return isLate
                ? new Violation("C7", $"{set} is missing, acknowledged {AgeAtCrash(set).TotalMilliseconds:0} ms before the crash; stored is {StoredOf(set)}.")
                : new Violation("C1", $"{set} was acknowledged and is missing; stored is {StoredOf(set)}.");
        }
    }

    private IEnumerable<Violation> Invented()
    {
        var sent = _sets.Select(o => (o.Session, o.Register, o.Value)).ToHashSet();
        foreach (var (session, registers) in _final.Current)
            foreach (var (register, value) in registers ?? new Dictionary<string, long>())
                if (!sent.Contains((session, register, value))) yield return new Violation("C2", $"Session {session} has {register}={value}, which nobody sent.");
    }

    private IEnumerable<Violation> Reported(long reported)
    {
        if (!_rules.MayReportLoss)
        {
            if (reported > 0) yield return new Violation("C6", $"{reported} sessions were reported as lost; none may be.");
            yield break;
        }

        // A session may also have waited with changes that were never acknowledged.
        var least = Missing.Where(o => !IsExcused(o)).Select(o => o.Session).Distinct().Count();
        var most = _sets.Where(o => !_unreachable.Contains(o.Session) && StoredOf(o) < o.Value).Select(o => o.Session).Distinct().Count();
        if (reported < least || reported > most)
            yield return new Violation("C6", $"{reported} sessions were reported as lost; acknowledged changes of {least} are missing, of {most} with those never acknowledged.");
    }

    private bool IsExcused(Operation set) => _rules.Crashes.Any(crash => crash.Excuses(set, _rules.Level));

    private TimeSpan AgeAtCrash(Operation set) => _rules.Crashes.Where(c => set.Invoked <= c.To).Select(c => c.Age(set)).DefaultIfEmpty().Min();

    private long StoredOf(Operation set) => _final.Current.GetValueOrDefault(set.Session)?.GetValueOrDefault(set.Register) ?? 0;

    // Somebody tried to end it, or to replace its token and never heard what came of it: no row, or a token that nobody knows, is then as good as the row.
    private static HashSet<int> Unreachable(IReadOnlyList<Operation> operations, FinalState final) =>
    [
        .. operations.Where(o => o.Kind == OperationKind.Logout || (o.Kind == OperationKind.Regenerate && o.Outcome != Outcome.Ok && final.Current.GetValueOrDefault(o.Session) is null)).Select(o => o.Session),
        // A new session whose token was never received.
        .. operations.Where(o => o is { Kind: OperationKind.Set, Generation: 0 } && o.Outcome != Outcome.Ok).Select(o => o.Session),
    ];
}
