using System.Data;
using HybridSession.Postgres.Connecting;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace HybridSession.Postgres.Schema;

/// <summary>
/// Brings the schema to where this version needs it, or says what is missing. What is in order already is only read, so a role without DDL rights can start;
/// changes are made in one transaction under a lock, after a second look, so that nodes may start together.
/// </summary>
internal sealed class SchemaSetup(PostgresSessionOptions options, SqlScripts sql, ConnectionTarget target, ILogger logger)
{
    public async Task RunAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var state = await ReadStateAsync(connection, cancellationToken).ConfigureAwait(false);
        var plan = Check(state);
        if (!IsReady(state, plan))
        {
            if (options.SchemaMode == SchemaMode.Validate) throw Refuse(DescribeMissing(state, plan));

            await MigrateAsync(connection, cancellationToken).ConfigureAwait(false);
            state = await ReadStateAsync(connection, cancellationToken).ConfigureAwait(false);
        }

        var forbidden = state.Tables.Where(static table => table.MissingPrivileges.Length > 0).ToArray();
        if (forbidden.Length > 0)
            throw Refuse($"The role \"{state.Role}\" lacks the privileges {string.Join(" and ", forbidden.Select(static table => $"{table.MissingPrivileges} on the table {table.Name}"))}. Run as the owner: {Grant(forbidden.Select(static table => table.Name), state.Role)}");
    }

    // In one snapshot, or a node that migrates meanwhile would show its journal and not yet its table.
    private async Task<SchemaState> ReadStateAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            return await SchemaState.ReadAsync(connection, sql, options.Schema, cancellationToken).ConfigureAwait(false);
        }
    }

    // What neither mode repairs.
    private MigrationPlan Check(SchemaState state)
    {
        if (state.SchemaExists && !state.MayUseSchema)
            throw Refuse($"The role \"{state.Role}\" may not use the schema {sql.Schema} of database \"{state.Database}\". Run as its owner: grant usage on schema {sql.Schema} to {PgIdentifier.QuoteExisting(state.Role)};");
        if (state.Tables.FirstOrDefault(static table => !table.IsTable) is { } taken)
            throw Refuse($"The name {taken.Name} is taken by something that is no table. Set another {nameof(PostgresSessionOptions)}.{nameof(PostgresSessionOptions.Schema)} than \"{options.Schema}\", or rename it.");
        if (state.Tables.FirstOrDefault(static table => table.Shape.Kind == TableKind.Strange) is { } strange)
            throw Refuse($"The table {strange.Name} exists and is not a table of sessions: {strange.Shape.Differences}. Rename it, or set another {nameof(PostgresSessionOptions)}.{nameof(PostgresSessionOptions.Schema)} than \"{options.Schema}\". The tables that are wanted:\n\n{PostgresSchema.GetScript(options.Schema)}");

        var plan = MigrationPlan.Of(Migration.All, state.Applied, sql.Schema);
        if (plan.Refusal is not null) throw Refuse(plan.Refusal);
        if (plan.NewerNumber is { } newer) Log.SchemaNewer(logger, sql.Schema, newer, Migration.All[^1].Number);
        if (state.Tables.FirstOrDefault(table => table.Shape.Kind == TableKind.Absent && state.Applied.Any(line => line.Number == table.MadeBy)) is { } lost)
            throw Refuse($"The table {lost.Name} is gone, though the journal {sql.Schema}.hybridsession_migration says that it was made. Restore it, or make an empty one by this script:\n\n{PostgresSchema.GetScript(options.Schema, [.. Migration.All.Where(migration => migration.Number == lost.MadeBy)])}");
        return plan;
    }

    // A table without a journal, or with one that this role may not read, was made by an administrator; its shape tells.
    private static bool IsReady(SchemaState state, MigrationPlan plan) =>
        state.Tables.All(static table => table.Shape.Kind == TableKind.Current) && (plan.Missing.Count == 0 || !state.MayReadJournal);

    private string DescribeMissing(SchemaState state, MigrationPlan plan) => state.Sessions.Shape.Kind switch
    {
        TableKind.Origin => $"The table {sql.Table} was made by hand for an earlier session library. Run this script as its owner, or set {nameof(PostgresSessionOptions)}.{nameof(PostgresSessionOptions.SchemaMode)} to Create:\n\n{PostgresSchema.GetUpgradeScript(options.Schema)}",
        TableKind.Absent => $"The table {sql.Table} does not exist in database \"{state.Database}\". Run this script, or set {nameof(PostgresSessionOptions)}.{nameof(PostgresSessionOptions.SchemaMode)} to Create:\n\n{PostgresSchema.GetScript(options.Schema)}",
        _ => $"The schema {sql.Schema} lacks migrations ({string.Join(", ", plan.Missing.Where(migration => !state.Holds(migration) || plan.Missing.All(state.Holds)).Select(static m => m.Name))}). Run this script, or set {nameof(PostgresSessionOptions)}.{nameof(PostgresSessionOptions.SchemaMode)} to Create:\n\n{PostgresSchema.GetScript(options.Schema, plan.Missing, state.Holds)}",
    };

    private async Task MigrateAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await ExecuteAsync(connection, sql.LockMigrations, cancellationToken).ConfigureAwait(false);

            // Another node may have been at it while this one waited for the lock.
            var state = await SchemaState.ReadAsync(connection, sql, options.Schema, cancellationToken).ConfigureAwait(false);
            var plan = Check(state);
            try
            {
                await ApplyAsync(connection, state, plan, cancellationToken).ConfigureAwait(false);
                await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InsufficientPrivilege)
            {
                throw Refuse(DescribeForbidden(state, plan), exception);
            }
        }
    }

    private async Task ApplyAsync(NpgsqlConnection connection, SchemaState state, MigrationPlan plan, CancellationToken cancellationToken)
    {
        // Not "if not exists": that asks for the right to create schemas even where there is nothing to create.
        if (!state.SchemaExists) await ExecuteAsync(connection, $"create schema {sql.Schema}", cancellationToken).ConfigureAwait(false);
        if (!state.JournalExists) await ExecuteAsync(connection, sql.CreateJournal, cancellationToken).ConfigureAwait(false);

        foreach (var migration in plan.Missing)
        {
            var isFirst = migration.Number == Migration.All[0].Number;
            if (isFirst && state.Sessions.Shape.Kind == TableKind.Origin) await UpgradeOriginAsync(connection, cancellationToken).ConfigureAwait(false);
            else if (!state.Holds(migration)) await ExecuteAsync(connection, SqlScripts.Fill(migration.Script, options.Schema), cancellationToken).ConfigureAwait(false);
            await WriteJournalAsync(connection, migration, cancellationToken).ConfigureAwait(false);
            Log.MigrationApplied(logger, migration.Number, migration.Name, sql.Schema);
        }
    }

    private async Task UpgradeOriginAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await ExecuteAsync(connection, sql.UpgradeOriginTable, cancellationToken).ConfigureAwait(false);
        var count = new NpgsqlCommand(sql.CountSessions, connection);
        await using (count.ConfigureAwait(false))
        {
            Log.OriginTableUpgraded(logger, sql.Table, (long)(await count.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!);
        }
    }

    private async Task WriteJournalAsync(NpgsqlConnection connection, Migration migration, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(sql.InsertJournal, connection)
        {
            Parameters =
            {
                new NpgsqlParameter<int> { TypedValue = migration.Number, NpgsqlDbType = NpgsqlDbType.Integer },
                Parameter.Text(migration.Name),
                Parameter.Text(migration.Checksum),
                new NpgsqlParameter<bool> { TypedValue = migration.IsBreaking, NpgsqlDbType = NpgsqlDbType.Boolean },
            },
        };
        await using (command.ConfigureAwait(false))
        {
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private string DescribeForbidden(SchemaState state, MigrationPlan plan)
    {
        var role = PgIdentifier.QuoteExisting(state.Role);
        if (state.Sessions.Shape.Kind == TableKind.Origin)
            return $"The role \"{state.Role}\" may not upgrade the hand-made table {sql.Table}, because it is not its owner. Run this script as the owner:\n\n{PostgresSchema.GetUpgradeScript(options.Schema)}";

        var grant = state.SchemaExists
            ? $"grant usage, create on schema {sql.Schema} to {role};"
            : $"create schema {sql.Schema} authorization {role};";
        var script = plan.Missing.Count > 0 ? $"\n\n{PostgresSchema.GetScript(options.Schema, plan.Missing, state.Holds)}" : "";
        return $"The role \"{state.Role}\" may not create tables in schema {sql.Schema} of database \"{state.Database}\" on {target.Server}. Run as a superuser or the owner: {grant} Or let an administrator run this script, then {Grant([sql.Table, sql.QuarantineTable], state.Role)} and set {nameof(PostgresSessionOptions)}.{nameof(PostgresSessionOptions.SchemaMode)} to Validate.{script}";
    }

    private static string Grant(IEnumerable<string> tables, string role) => $"grant select, insert, update, delete on {string.Join(", ", tables)} to {PgIdentifier.QuoteExisting(role)};";

    private static BackingStoreException Refuse(string message, Exception? cause = null) => new(message, BackingStoreFailure.Setup, outcomeUnknown: false, cause);

    private static async Task ExecuteAsync(NpgsqlConnection connection, string text, CancellationToken cancellationToken)
    {
        // No time limit of the client: an upgrade of a large table takes as long as it takes, and the caller's token ends it.
        var command = new NpgsqlCommand(text, connection) { CommandTimeout = 0 };
        await using (command.ConfigureAwait(false))
        {
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
