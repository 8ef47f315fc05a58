using HybridSession.Postgres.Connecting;
using Npgsql;

namespace HybridSession.Postgres;

/// <summary>The table <c>session_quarantine</c>: what the session table refused. Every call is one round trip.</summary>
internal sealed class DeadLetterTable(SqlScripts sql)
{
    // A public id is the first half of a key: its letters lie between these ends.
    private static readonly string LowestRest = new('0', 32);
    private static readonly string HighestRest = new('f', 32);

    public async ValueTask<IReadOnlyList<DeadLetterConflict>> PutAsync(DedicatedConnection connection, IReadOnlyList<DeadLetterWrite> writes, CallProgress progress, CancellationToken cancellationToken)
    {
        DeadLetterWrite[] sorted = [.. writes.OrderBy(static write => write.Letter.Key)];
        var letters = Array.ConvertAll(sorted, static write => write.Letter);
        var batch = connection.CreateBatch(out var first);
        await using (batch.ConfigureAwait(false))
        {
            batch.BatchCommands.Add(Write(sql.InsertLetters, sorted));
            batch.BatchCommands.Add(Write(sql.ReplaceLetters, sorted));
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql.SelectLetterConflicts)
            {
                Parameters =
                {
                    Parameter.Keys(Array.ConvertAll(letters, static letter => letter.Key.ToHex())),
                    Parameter.Longs(Array.ConvertAll(letters, static letter => letter.Version)),
                    Parameter.Texts(Array.ConvertAll(letters, static letter => letter.ToVersion().Digest)),
                },
            });
            await connection.PrepareAsync(batch, cancellationToken).ConfigureAwait(false);
            progress.Sending();
            return await ReadAsync(batch, first, static (reader, key) => new DeadLetterConflict(key, reader.IsDBNull(2) ? null : ReadLetter(reader, key)), cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask<IReadOnlyList<DeadLetter>> ReadAsync(DedicatedConnection connection, int max, int skip, string? publicId, CancellationToken cancellationToken)
    {
        if (!TryRange(publicId, out var lowest, out var highest)) return [];
        var batch = connection.CreateBatch(out var first);
        await using (batch.ConfigureAwait(false))
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql.ReadLetters) { Parameters = { Parameter.Key(lowest), Parameter.Key(highest), Parameter.Long(skip), Parameter.Long(max) } });
            await connection.PrepareAsync(batch, cancellationToken).ConfigureAwait(false);
            return await ReadAsync(batch, first, ReadLetter, cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask<int> ReleaseAsync(DedicatedConnection connection, IReadOnlyList<DeadLetterVersion> letters, CallProgress progress, CancellationToken cancellationToken)
    {
        DeadLetterVersion[] sorted = [.. letters.OrderBy(static letter => letter.Key)];
        var batch = connection.CreateBatch(out var first);
        await using (batch.ConfigureAwait(false))
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql.DeleteLetters)
            {
                Parameters =
                {
                    Parameter.Keys(Array.ConvertAll(sorted, static letter => letter.Key.ToHex())),
                    Parameter.Longs(Array.ConvertAll(sorted, static letter => letter.Version)),
                    Parameter.Texts(Array.ConvertAll(sorted, static letter => letter.Digest)),
                },
            });
            await connection.PrepareAsync(batch, cancellationToken).ConfigureAwait(false);
            progress.Sending();
            await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            return checked((int)batch.BatchCommands[first].RecordsAffected);
        }
    }

    public async ValueTask<long> CountAsync(DedicatedConnection connection, CancellationToken cancellationToken)
    {
        var batch = connection.CreateBatch(out var first);
        await using (batch.ConfigureAwait(false))
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql.CountLetters));
            await connection.PrepareAsync(batch, cancellationToken).ConfigureAwait(false);
            var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                if (first == 1) await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                return reader.GetInt64(0);
            }
        }
    }

    /// <summary>Removes letters that can never be replayed.</summary>
    public async ValueTask PruneAsync(DedicatedConnection connection, TimeSpan grace, CallProgress progress, CancellationToken cancellationToken)
    {
        var batch = connection.CreateBatch(out _);
        await using (batch.ConfigureAwait(false))
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql.PruneLetters) { Parameters = { Parameter.Long(Duration.ToMicroseconds(grace)) } });
            await connection.PrepareAsync(batch, cancellationToken).ConfigureAwait(false);
            progress.Sending();
            await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static bool TryRange(string? publicId, out SessionKey lowest, out SessionKey highest)
    {
        highest = default;
        return SessionKey.TryParseHex((publicId ?? LowestRest) + LowestRest, out lowest) && SessionKey.TryParseHex((publicId ?? HighestRest) + HighestRest, out highest);
    }

    private static NpgsqlBatchCommand Write(string text, DeadLetterWrite[] writes) => new(text)
    {
        Parameters =
        {
            Parameter.Keys(Array.ConvertAll(writes, static write => write.Letter.Key.ToHex())),
            Parameter.Bytes(Array.ConvertAll(writes, static write => write.Letter.Payload)),
            Parameter.Longs(Array.ConvertAll(writes, static write => write.Letter.Version)),
            Parameter.Longs(Array.ConvertAll(writes, static write => write.Letter.BaseVersion)),
            Parameter.Longs(Array.ConvertAll(writes, static write => Duration.ToMicroseconds(write.Letter.ExpiresIn))),
            Parameter.Texts(Array.ConvertAll(writes, static write => write.Letter.Reason)),
            Parameter.Longs(Array.ConvertAll(writes, static write => Duration.ToMicroseconds(write.Letter.Age))),
            Parameter.Texts(Array.ConvertAll(writes, static write => write.Replaces?.Digest ?? "")),
        },
    };

    private static DeadLetter ReadLetter(NpgsqlDataReader reader, SessionKey key) => new(
        key, reader.IsDBNull(1) ? [] : reader.GetFieldValue<byte[]>(1), reader.GetInt64(2), reader.GetInt64(3),
        Duration.FromSeconds(reader.GetDouble(4)), reader.GetString(5), Duration.FromSeconds(Math.Max(0, reader.GetDouble(6))));

    private static async ValueTask<IReadOnlyList<T>> ReadAsync<T>(NpgsqlBatch batch, int first, Func<NpgsqlDataReader, SessionKey, T> read, CancellationToken cancellationToken)
    {
        var rows = new List<T>();
        var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            if (first == 1) await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                if (SessionKey.TryParseHex(reader.GetString(0), out var key)) rows.Add(read(reader, key));
        }
        return rows;
    }
}
