namespace HybridSession.Resilience.History;

/// <summary>C3, and C2 for reads: what a client sees never goes back, includes its own acknowledged sets, and was sent.</summary>
internal static class ReadOrder
{
    public static IEnumerable<Violation> Violations(IReadOnlyList<Operation> operations, CheckRules rules)
    {
        var sets = operations.Where(o => o.Kind == OperationKind.Set).GroupBy(o => (o.Session, o.Register, o.Value)).ToDictionary(g => g.Key, g => g.First());
        return operations.GroupBy(o => (o.Client, o.Session)).SelectMany(client => ViolationsOf(client.OrderBy(o => o.Invoked), sets, rules));
    }

    private static IEnumerable<Violation> ViolationsOf(IEnumerable<Operation> client, Dictionary<(int, string, long), Operation> sets, CheckRules rules)
    {
        var floors = new Dictionary<string, Floor>();
        foreach (var operation in client)
        {
            if (operation is { Kind: OperationKind.Set, Outcome: Outcome.Ok }) Raise(floors, operation.Register, operation);
            if (operation is not { Kind: OperationKind.Read, Outcome: Outcome.Ok, Seen: { } seen }) continue;

            foreach (var (register, floor) in floors)
            {
                var now = seen.GetValueOrDefault(register);
                if (now < floor.Least(operation, rules)) yield return new Violation("C3", $"{operation} saw {register}={now} after {floor.Highest.Value}.");
            }

            foreach (var (register, value) in seen)
            {
                if (!sets.TryGetValue((operation.Session, register, value), out var set) || set.Invoked > operation.Completed)
                    yield return new Violation("C2", $"{operation} saw {register}={value}, which nobody had sent.");
                else Raise(floors, register, set);
            }
        }
    }

    private static void Raise(Dictionary<string, Floor> floors, string register, Operation set)
    {
        if (!floors.TryGetValue(register, out var floor)) floors[register] = floor = new Floor();
        floor.Raise(set);
    }

    /// <summary>The sets of one register of which a client knows that they were done.</summary>
    private sealed class Floor
    {
        private readonly List<Operation> _known = [];

        public Operation Highest => _known[^1];

        public void Raise(Operation set)
        {
            if (_known.Count == 0 || set.Value > Highest.Value) _known.Add(set);
        }

        /// <summary>What a read has to see at least: the highest that no crash excuses. What one excuses was gone for this client from then on.</summary>
        public long Least(Operation read, CheckRules rules)
        {
            while (_known.Count > 1 && IsExcused(Highest, read, rules)) _known.RemoveAt(_known.Count - 1);
            return IsExcused(Highest, read, rules) ? 0 : Highest.Value;
        }

        private static bool IsExcused(Operation set, Operation read, CheckRules rules) => rules.Crashes.Any(crash => crash.From <= read.Completed && crash.Excuses(set, rules.Level));
    }
}
