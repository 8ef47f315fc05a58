using Npgsql;

namespace HybridSession.Postgres.Schema;

/// <summary>What the catalogue says about the schema, at one moment.</summary>
internal sealed record SchemaState(
    string Role, string Database, bool SchemaExists, bool MayUseSchema, bool JournalExists, bool MayReadJournal, TableState Sessions, TableState Quarantine, IReadOnlyList<AppliedMigration> Applied)
{
    public IEnumerable<TableState> Tables => [Sessions, Quarantine];

    /// <summary>The table that a migration makes is there, whatever the journal says: an administrator may have made it.</summary>
    public bool Holds(Migration migration) => Tables.Any(table => table.MadeBy == migration.Number && table.Shape.Kind != TableKind.Absent);

    public static async Task<SchemaState> ReadAsync(NpgsqlConnection connection, SqlScripts sql, string schema, CancellationToken cancellationToken)
    {
        var sessions = await TableState.ReadAsync(connection, sql, schema, "session", madeBy: 1, TableShape.OfSessions, cancellationToken).ConfigureAwait(false);
        var quarantine = await TableState.ReadAsync(connection, sql, schema, "session_quarantine", madeBy: 2, TableShape.OfQuarantine, cancellationToken).ConfigureAwait(false);
        var command = new NpgsqlCommand(sql.InspectSchema, connection) { Parameters = { Parameter.Text(schema) } };
        SchemaState state;
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                state = new SchemaState(
                    Role: reader.GetString(0),
                    Database: reader.GetString(1),
                    SchemaExists: reader.GetBoolean(2),
                    MayUseSchema: reader.GetBoolean(3),
                    JournalExists: reader.GetBoolean(4),
                    MayReadJournal: reader.GetBoolean(5),
                    sessions,
                    quarantine,
                    Applied: []);
            }
        }
        return state.MayReadJournal && state.MayUseSchema
            ? state with { Applied = await ReadJournalAsync(connection, sql, cancellationToken).ConfigureAwait(false) }
            : state;
    }

    private static async Task<List<AppliedMigration>> ReadJournalAsync(NpgsqlConnection connection, SqlScripts sql, CancellationToken cancellationToken)
    {
        var lines = new List<AppliedMigration>();
        var command = new NpgsqlCommand(sql.ReadJournal, connection);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) lines.Add(new AppliedMigration(reader.GetInt32(0), reader.GetString(1), reader.GetString(2), reader.GetBoolean(3)));
            }
        }
        return lines;
    }
}
