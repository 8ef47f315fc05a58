using HybridSession.Postgres.Connecting;
using Npgsql;

namespace HybridSession.Postgres;

/// <summary>Reads rows by key, many in one round trip; of a row that the reader has already, all but the payload.</summary>
internal sealed class SessionReader(SqlScripts sql)
{
    /// <summary>The most keys of one statement; beyond it a load is several statements of one round trip.</summary>
    public const int MaxKeys = 256;

    /// <summary>Reads rows whole.</summary>
    public ValueTask<Dictionary<SessionKey, StoredSession>> ReadAsync(DedicatedConnection connection, IEnumerable<SessionKey> keys, CancellationToken cancellationToken) =>
        ReadAsync(connection, keys.Select(static key => new SessionRead(key)), cancellationToken);

    /// <summary>A row that is at the known version of one of its reads may lack its payload only if that is the known version of all of them.</summary>
    public async ValueTask<Dictionary<SessionKey, StoredSession>> ReadAsync(DedicatedConnection connection, IEnumerable<SessionRead> reads, CancellationToken cancellationToken)
    {
        var known = new Dictionary<SessionKey, long>();
        foreach (var read in reads)
        {
            if (!known.TryAdd(read.Key, read.KnownVersion) && known[read.Key] != read.KnownVersion) known[read.Key] = 0;
        }

        var found = new Dictionary<SessionKey, StoredSession>(known.Count);
        var batch = connection.CreateBatch(out var first);
        await using (batch.ConfigureAwait(false))
        {
            foreach (var chunk in known.Where(static read => read.Value == 0).Chunk(MaxKeys)) batch.BatchCommands.Add(Whole(chunk));
            foreach (var chunk in known.Where(static read => read.Value != 0).Chunk(MaxKeys)) batch.BatchCommands.Add(Changed(chunk));
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

    /// <summary>The row as one read gets it, when another one of the same key got it whole.</summary>
    public static StoredSession WithoutKnown(StoredSession row, SessionRead read) =>
        read.KnownVersion != 0 && read.KnownVersion == row.Version && row.Payload.Length > 0 ? row with { Payload = [] } : row;

    private NpgsqlBatchCommand Whole(KeyValuePair<SessionKey, long>[] reads) => new(sql.LoadSessions) { Parameters = { Keys(reads) } };

    private NpgsqlBatchCommand Changed(KeyValuePair<SessionKey, long>[] reads) =>
        new(sql.LoadChangedSessions) { Parameters = { Keys(reads), Parameter.Longs(Array.ConvertAll(reads, static read => read.Value)) } };

    private static NpgsqlParameter Keys(KeyValuePair<SessionKey, long>[] reads) => Parameter.Keys(Array.ConvertAll(reads, static read => read.Key.ToHex()));

    private static void Add(NpgsqlDataReader reader, Dictionary<SessionKey, StoredSession> found)
    {
        // Only what was asked for comes back, so the key is one; a row in capital letters would be somebody else's.
        if (!SessionKey.TryParseHex(reader.GetString(0), out var key)) return;
        var payload = reader.IsDBNull(1) ? [] : reader.GetFieldValue<byte[]>(1);
        found[key] = new StoredSession(payload, reader.GetInt64(2), Duration.FromSeconds(reader.GetDouble(3)), Duration.FromSeconds(Math.Max(0, reader.GetDouble(4))));
    }
}
