namespace HybridSession.Postgres.Schema;

/// <summary>Compares the journal of the database with the migrations of this version. Pure.</summary>
/// <param name="Missing">What is yet to be applied, in order.</param>
/// <param name="Refusal">Why this version must not touch that schema; null when it may.</param>
/// <param name="NewerNumber">The number of a newer, compatible schema; null when there is none.</param>
internal sealed record MigrationPlan(IReadOnlyList<Migration> Missing, string? Refusal, int? NewerNumber)
{
    public static MigrationPlan Of(IReadOnlyList<Migration> known, IReadOnlyList<AppliedMigration> applied, string schema)
    {
        var byNumber = applied.ToDictionary(static line => line.Number);
        foreach (var migration in known)
        {
            if (byNumber.TryGetValue(migration.Number, out var line) && line.Checksum != migration.Checksum)
                return Refused($"Migration {migration.Number:0000} ({line.Name}) was applied to schema {schema} with another checksum; an applied migration must not change. Restore its file and add a new migration.");
        }

        var newest = known[^1].Number;
        var newer = applied.Where(line => line.Number > newest).ToArray();
        if (newer.FirstOrDefault(static line => line.IsBreaking) is { } breaking)
            return Refused($"Schema {schema} has migration {breaking.Number:0000} ({breaking.Name}), which this version, knowing {newest:0000}, cannot live with. Update this node, or use another Schema.");

        return new MigrationPlan([.. known.Where(migration => !byNumber.ContainsKey(migration.Number))], null, newer.Length > 0 ? newer.Max(static line => line.Number) : null);
    }

    private static MigrationPlan Refused(string reason) => new([], reason, null);
}
