using Npgsql;

namespace HybridSession.Postgres.Schema;

/// <summary>What the catalogue says about the schema, at one moment.</summary>
internal sealed record SchemaState(
    string Role, string Database, bool SchemaExists, bool MayUseSchema, bool JournalExists, bool MayReadJournal, bool IsTable, string MissingPrivileges, TableShape Shape, IReadOnlyList<AppliedMigration> Applied)
{
    public static async Task<SchemaState> ReadAsync(NpgsqlConnection connection, SqlScripts sql, string schema, CancellationToken cancellationToken)
    {
        var columns = await ReadColumnsAsync(connection, sql, schema, cancellationToken).ConfigureAwait(false);
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
                    IsTable: !reader.GetBoolean(6) || reader.GetString(7) is "r" or "p",
                    MissingPrivileges: reader.GetString(8),
                    Shape: TableShape.Of(columns, reader.GetString(9)),
                    Applied: []);
            }
        }
        return state.MayReadJournal && state.MayUseSchema
            ? state with { Applied = await ReadJournalAsync(connection, sql, cancellationToken).ConfigureAwait(false) }
            : state;
    }

    private static async Task<List<TableColumn>> ReadColumnsAsync(NpgsqlConnection connection, SqlScripts sql, string schema, CancellationToken cancellationToken)
    {
        var columns = new List<TableColumn>();
        var command = new NpgsqlCommand(sql.InspectColumns, connection) { Parameters = { Parameter.Text(schema) } };
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) columns.Add(new TableColumn(reader.GetString(0), reader.GetString(1), reader.GetBoolean(2)));
            }
        }
        return columns;
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
