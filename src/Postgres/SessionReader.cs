using HybridSession.Postgres.Connecting;
using Npgsql;

namespace HybridSession.Postgres;

/// <summary>Reads rows by key, many in one round trip.</summary>
internal sealed class SessionReader(SqlScripts sql)
{
    /// <summary>The most keys of one statement; beyond it a load is several statements of one round trip.</summary>
    public const int MaxKeys = 256;

    public async ValueTask<Dictionary<SessionKey, StoredSession>> ReadAsync(DedicatedConnection connection, IEnumerable<SessionKey> keys, CancellationToken cancellationToken)
    {
        var wanted = keys.Distinct().ToArray();
        var found = new Dictionary<SessionKey, StoredSession>(wanted.Length);
        var batch = connection.CreateBatch(out var first);
        await using (batch.ConfigureAwait(false))
        {
            foreach (var chunk in wanted.Chunk(MaxKeys)) batch.BatchCommands.Add(Command(chunk));
            await connection.PrepareAsync(batch, cancellationToken).ConfigureAwait(false);
            var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                if (first == 1) await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                do
                {
                    while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) Add(reader, found);
                }
                while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false));
            }
        }
        return found;
    }

    private NpgsqlBatchCommand Command(SessionKey[] keys) => new(sql.LoadSessions) { Parameters = { Parameter.Keys(Array.ConvertAll(keys, static key => key.ToHex())) } };

    private static void Add(NpgsqlDataReader reader, Dictionary<SessionKey, StoredSession> found)
    {
        // Only what was asked for comes back, so the key is one; a row in capital letters would be somebody else's.
        if (!SessionKey.TryParseHex(reader.GetString(0), out var key)) return;
        var payload = reader.IsDBNull(1) ? [] : reader.GetFieldValue<byte[]>(1);
        found[key] = new StoredSession(payload, reader.GetInt64(2), Duration.FromSeconds(reader.GetDouble(3)), Duration.FromSeconds(Math.Max(0, reader.GetDouble(4))));
    }
}
