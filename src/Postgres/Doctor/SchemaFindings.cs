using System.Globalization;
using HybridSession.Postgres.Schema;

namespace HybridSession.Postgres.Doctor;

/// <summary>Judges the schema and what the role may do there. Pure.</summary>
internal static class SchemaFindings
{
    private const string Create = "Set SchemaMode to Create, or run the script that the start prints at SchemaMode Validate.";

    /// <param name="state">What the catalogue says.</param>
    /// <param name="schema">The schema, quoted.</param>
    public static ProbeFinding Schema(SchemaState state, string schema)
    {
        if (!state.SchemaExists) return Failed($"The schema {schema} does not exist in database \"{state.Database}\".", Create);
        if (!state.MayUseSchema) return Failed($"The role \"{state.Role}\" may not use the schema {schema}.", $"Run as its owner: grant usage on schema {schema} to {PgIdentifier.QuoteExisting(state.Role)};");
        return state.Tables.Select(Wrong).FirstOrDefault(static finding => finding is not null) ?? Migrations(state, MigrationPlan.Of(Migration.All, state.Applied, schema), schema);
    }

    /// <param name="state">What the catalogue says.</param>
    /// <param name="mayUseTemporaryTables">The role may make temporary tables in the database.</param>
    /// <param name="usesCopy">A flush may be large enough to take COPY, which goes through one.</param>
    public static ProbeFinding Privileges(SchemaState state, bool mayUseTemporaryTables, bool usesCopy)
    {
        var role = PgIdentifier.QuoteExisting(state.Role);
        if (state.Tables.FirstOrDefault(static table => table.MissingPrivileges.Length > 0) is { } forbidden)
            return ProbeFinding.Failed("privileges", $"The role {role} lacks {forbidden.MissingPrivileges} on {forbidden.Name}.", $"Run as its owner: grant select, insert, update, delete on {forbidden.Name} to {role};");
        if (usesCopy && !mayUseTemporaryTables)
            return ProbeFinding.Failed("privileges", $"The role {role} may not make temporary tables, through which large flushes go: they would fail again and again.", $"Run as the owner of the database: grant temporary on database {PgIdentifier.QuoteExisting(state.Database)} to {role}; or set FlushMethod to Arrays.");
        return ProbeFinding.Good("privileges", $"The role {role} may do all that sessions need.");
    }

    // Null for a table as it should be.
    private static ProbeFinding? Wrong(TableState table)
    {
        if (!table.IsTable) return Failed($"The name {table.Name} is taken by something that is no table.", "Rename it, or set another Schema.");
        return table.Shape.Kind switch
        {
            TableKind.Absent => Failed($"The table {table.Name} does not exist.", Create),
            TableKind.Origin => Failed($"The table {table.Name} was made by hand for an earlier session library, and is not upgraded yet.", Create),
            TableKind.Strange => Failed($"The table {table.Name} is not a table of sessions: {table.Shape.Differences}.", "Rename it, or set another Schema."),
            _ => null,
        };
    }

    private static ProbeFinding Migrations(SchemaState state, MigrationPlan plan, string schema)
    {
        var known = Migration.All[^1].Number;
        if (!state.MayReadJournal) return ProbeFinding.Good("schema", $"{schema}, made by an administrator, as this version wants it.");
        if (plan.Refusal is { } refusal) return ProbeFinding.Failed("schema", refusal, null);
        if (plan.Missing.Count > 0) return Failed($"The schema {schema} lacks migrations: {string.Join(", ", plan.Missing.Select(static m => m.Name))}.", Create);
        return plan.NewerNumber is { } newer
            ? ProbeFinding.Warning("schema", string.Create(CultureInfo.InvariantCulture, $"{schema} is at migration {newer:0000}, and this version knows {known:0000}; the newer ones are marked as compatible."), "Update this node soon.")
            : ProbeFinding.Good("schema", string.Create(CultureInfo.InvariantCulture, $"{schema} is at migration {known:0000}, as this version wants it."));
    }

    private static ProbeFinding Failed(string observation, string advice) => ProbeFinding.Failed("schema", observation, advice);
}
