namespace HybridSession.Resilience.History;

/// <summary>C5, C8 and C9: what the audit trigger saw, how fast and how reliably the site answered, and what it left behind.</summary>
internal static class ServiceLevel
{
    public static IEnumerable<Violation> Violations(IReadOnlyList<Operation> operations, CheckRules rules, Observations seen)
    {
        foreach (var contradiction in seen.Audit) yield return new Violation("C5", contradiction);
        if (seen.AuditedWrites == 0) yield return new Violation("C5", "The audit trigger saw no write: nothing was proved.");

        var requests = operations.Where(o => o.Kind != OperationKind.Probe).ToList();
        if (requests.Count == 0) yield return new Violation("C8", "No request was made: nothing was proved.");
        if (rules.SlowestRequest is { } slowest && requests.MaxBy(o => o.Latency) is { } slow && slow.Latency > slowest)
            yield return new Violation("C8", $"{slow}; at most {slowest.TotalMilliseconds:0} ms are allowed.");

        var hot = requests.Where(o => NeedsNoStore(o, rules.Level)).ToList();
        var errors = hot.Where(o => o.Outcome != Outcome.Ok).ToList();
        if (rules.MaxErrorRate is { } rate && errors.Count > rate * hot.Count)
            yield return new Violation("C8", $"{errors.Count} of {hot.Count} requests of hot sessions failed, the first: {errors[0]}; allowed is a share of {rate}.");

        if (rules.Recovery is { } bound && !(seen.Recovery <= bound))
            yield return new Violation("C8", $"What had waited was stored {seen.Recovery?.TotalSeconds.ToString("0.0", null) ?? "never"} s after the end of the fault; allowed are {bound.TotalSeconds:0.0} s.");

        if (seen.DirtySessions > 0 || seen.DirtyBytes > 0) yield return new Violation("C9", $"{seen.DirtySessions} sessions ({seen.DirtyBytes} bytes) are still not stored.");
        if (seen.Connections > rules.MaxConnections) yield return new Violation("C9", $"The site holds {seen.Connections} connections; at most {rules.MaxConnections} are its own.");
        if (seen.ConnectionsLeft > 0) yield return new Violation("C9", $"{seen.ConnectionsLeft} connections of the site are open after its end.");
    }

    // Of a session in memory: reads, and sets that wait for nobody.
    private static bool NeedsNoStore(Operation o, Durability level) =>
        o.Kind == OperationKind.Read || (o is { Kind: OperationKind.Set, IsDurable: false } && level == Durability.WriteBehind);
}
