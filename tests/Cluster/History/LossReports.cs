using HybridSession.Resilience.History;

namespace HybridSession.Cluster.History;

/// <summary>Whether each browser that found less than it had been acknowledged was told so in the same response. For browsers with one request at a time. Pure.</summary>
/// <param name="Unreported">Reads that showed less and did not say so.</param>
/// <param name="Reported">Reads that showed less and said so.</param>
/// <param name="LateOnly">Reads that said so and showed everything: what was late had come after all, or was another's.</param>
internal sealed record LossReports(IReadOnlyList<Operation> Unreported, int Reported, int LateOnly)
{
    private const string Lost = "Lost";

    public static LossReports Of(IReadOnlyList<Operation> operations)
    {
        List<Operation> unreported = [];
        var (reported, lateOnly) = (0, 0);
        foreach (var client in operations.GroupBy(o => o.Client))
        {
            var known = new Dictionary<string, long>(StringComparer.Ordinal);
            foreach (var operation in client.OrderBy(o => o.Invoked))
            {
                if (operation.Outcome != Outcome.Ok) continue;
                if (operation.Kind == OperationKind.Set) known[operation.Register] = operation.Value;
                if (operation.Seen is not { } seen) continue;

                var isLess = known.Any(k => seen.GetValueOrDefault(k.Key) < k.Value);
                var isSaid = operation.Origin == Lost;
                if (isLess && !isSaid) unreported.Add(operation);
                if (isLess && isSaid) reported++;
                if (!isLess && isSaid) lateOnly++;
                // What is gone is gone: the next read is judged by what this one showed.
                foreach (var register in known.Keys.ToList()) known[register] = seen.GetValueOrDefault(register);
            }
        }

        return new LossReports(unreported, reported, lateOnly);
    }
}
