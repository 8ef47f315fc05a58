using Npgsql;

namespace HybridSession.Postgres.Schema;

/// <summary>What the catalogue says about one table.</summary>
/// <param name="Name">Its name, quoted and with the schema.</param>
/// <param name="MadeBy">The migration that makes it.</param>
/// <param name="IsTable">False when something else bears the name.</param>
/// <param name="MissingPrivileges">What this role may not do with it, of what it needs.</param>
/// <param name="Shape">What it is.</param>
internal sealed record TableState(string Name, int MadeBy, bool IsTable, string MissingPrivileges, TableShape Shape)
{
    public static async Task<TableState> ReadAsync(
        NpgsqlConnection connection, SqlScripts sql, string schema, string name, int madeBy, Func<IReadOnlyList<TableColumn>, string, TableShape> recognise, CancellationToken cancellationToken)
    {
        var columns = await ReadColumnsAsync(connection, sql, schema, name, cancellationToken).ConfigureAwait(false);
        var command = new NpgsqlCommand(sql.InspectTable, connection) { Parameters = { Parameter.Text(schema), Parameter.Text(name) } };
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                return new TableState($"{sql.Schema}.{name}", madeBy, IsTable: reader.GetString(0) is "" or "r" or "p", MissingPrivileges: reader.GetString(1), recognise(columns, reader.GetString(2)));
            }
        }
    }

    private static async Task<List<TableColumn>> ReadColumnsAsync(NpgsqlConnection connection, SqlScripts sql, string schema, string name, CancellationToken cancellationToken)
    {
        var columns = new List<TableColumn>();
        var command = new NpgsqlCommand(sql.InspectColumns, connection) { Parameters = { Parameter.Text(schema), Parameter.Text(name) } };
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
}
