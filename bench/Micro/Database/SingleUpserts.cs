using Npgsql;
using NpgsqlTypes;

namespace HybridSession.Bench.Micro.Database;

/// <summary>What a session store without write-behind does at best: one prepared upsert a session, each with its own commit, on one connection that is kept.</summary>
internal sealed class SingleUpserts : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlCommand _command;
    private readonly NpgsqlParameter<string> _key = new() { NpgsqlDbType = NpgsqlDbType.Char };
    private readonly NpgsqlParameter<byte[]> _data = new() { NpgsqlDbType = NpgsqlDbType.Bytea };
    private readonly NpgsqlParameter<double> _seconds = new() { NpgsqlDbType = NpgsqlDbType.Double };
    private readonly NpgsqlParameter<long> _version = new() { NpgsqlDbType = NpgsqlDbType.Bigint };

    private SingleUpserts(NpgsqlConnection connection, string schema)
    {
        _connection = connection;
        _command = new NpgsqlCommand(
            $"""
            insert into {schema}.session as s (session_key, session_data, session_expiry, session_version)
            values ($1, $2, now() + $3 * interval '1 second', $4)
            on conflict (session_key) do update
            set session_data = excluded.session_data,
                session_expiry = excluded.session_expiry,
                session_version = excluded.session_version
            where s.session_version < excluded.session_version
            """,
            connection)
        { Parameters = { _key, _data, _seconds, _version } };
    }

    public static async Task<SingleUpserts> OpenAsync(string schema)
    {
        var connection = new NpgsqlConnection(await BenchPostgres.ConnectionStringAsync());
        await connection.OpenAsync();
        var upserts = new SingleUpserts(connection, schema);
        await upserts._command.PrepareAsync();
        return upserts;
    }

    public async Task WriteAsync(ArraySegment<SessionWrite> writes)
    {
        foreach (var write in writes)
        {
            _key.TypedValue = write.Key.ToHex();
            _data.TypedValue = write.Payload;
            _seconds.TypedValue = write.ExpiresIn.TotalSeconds;
            _version.TypedValue = write.Version;
            if (await _command.ExecuteNonQueryAsync() != 1) throw new InvalidOperationException("A row was not written.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _command.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
