namespace HybridSession.Resilience.History;

/// <summary>C4: a token opens nothing after the acknowledged end of its session, or after its acknowledged replacement.</summary>
internal static class EndedTokens
{
    public static IEnumerable<Violation> Violations(IReadOnlyList<Operation> operations, FinalState final)
    {
        var ends = operations.Where(o => o is { Kind: OperationKind.Logout or OperationKind.Regenerate, Outcome: Outcome.Ok }).ToLookup(o => o.Session);
        foreach (var operation in operations)
        {
            if (operation.Outcome != Outcome.Ok || operation.Generation == 0) continue;
            foreach (var end in ends[operation.Session])
                if (operation.Invoked > end.Completed && IsOver(end, operation.Generation)) yield return new Violation("C4", $"{operation}, after {end}.");
        }

        foreach (var read in final.Reads)
        {
            if (read.Registers is null) continue;
            foreach (var end in ends[read.Session])
                if (IsOver(end, read.Generation)) yield return new Violation("C4", $"Token {read.Generation} of session {read.Session} opens it after a cold start, in spite of {end}.");
        }
    }

    private static bool IsOver(Operation end, int generation) => end.Kind == OperationKind.Logout || generation <= end.Generation;
}
