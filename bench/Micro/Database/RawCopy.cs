using Npgsql;
using NpgsqlTypes;

namespace HybridSession.Bench.Micro.Database;

/// <summary>The limit: the same rows in the same order by one binary COPY, with one commit, into an empty table with the same columns and the same key.</summary>
internal sealed class RawCopy : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly string _table;

    private RawCopy(NpgsqlConnection connection, string schema) => (_connection, _table) = (connection, $"{schema}.copied");

    public static async Task<RawCopy> OpenAsync(string schema)
    {
        var connection = new NpgsqlConnection(await BenchPostgres.ConnectionStringAsync());
        await connection.OpenAsync();
        var copy = new RawCopy(connection, schema);
        await copy.ExecuteAsync($"drop table if exists {copy._table}");
        await copy.ExecuteAsync($"create table {copy._table} (like {schema}.session including defaults including indexes including storage) with (autovacuum_enabled = off)");
        return copy;
    }

    public Task EmptyAsync() => ExecuteAsync($"truncate {_table}");

    public async Task WriteAsync(ArraySegment<SessionWrite> writes)
    {
        await using var importer = await _connection.BeginBinaryImportAsync($"copy {_table} (session_key, session_data, session_expiry, session_version) from stdin (format binary)");
        var now = DateTime.UtcNow;
        foreach (var write in writes)
        {
            await importer.StartRowAsync();
            await importer.WriteAsync(write.Key.ToHex(), NpgsqlDbType.Char);
            await importer.WriteAsync(write.Payload, NpgsqlDbType.Bytea);
            await importer.WriteAsync(now + write.ExpiresIn, NpgsqlDbType.TimestampTz);
            await importer.WriteAsync(write.Version, NpgsqlDbType.Bigint);
        }

        await importer.CompleteAsync();
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private async Task ExecuteAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, _connection);
        await command.ExecuteNonQueryAsync();
    }
}
