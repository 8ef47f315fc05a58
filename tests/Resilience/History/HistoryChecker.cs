namespace HybridSession.Resilience.History;

/// <summary>Compares what the clients remember with what is there. Pure.</summary>
internal static class HistoryChecker
{
    public static CheckResult Check(IReadOnlyList<Operation> operations, FinalState final, CheckRules rules, Observations observations)
    {
        var violations = new List<Violation>();
        var stored = new StoredValues(operations, final, rules);
        violations.AddRange(stored.Violations(observations.ReportedLost));
        violations.AddRange(ReadOrder.Violations(operations, rules));
        violations.AddRange(EndedTokens.Violations(operations, final));
        violations.AddRange(ServiceLevel.Violations(operations, rules, observations));

        var requests = operations.Where(o => o.Kind != OperationKind.Probe).ToList();
        return new CheckResult(
            violations,
            stored.Acknowledged,
            stored.Missing.Count,
            stored.OldestMissing,
            requests.Select(o => o.Latency).DefaultIfEmpty().Max(),
            requests.Count,
            requests.Count(o => o.Outcome != Outcome.Ok));
    }
}
