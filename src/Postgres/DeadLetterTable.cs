using HybridSession.Postgres.Connecting;
using Npgsql;

namespace HybridSession.Postgres;

/// <summary>The table <c>session_quarantine</c>: what the session table refused. Every call is one round trip.</summary>
internal sealed class DeadLetterTable(SqlScripts sql)
{
    // A public id is the first half of a key: its letters lie between these ends.
    private static readonly string LowestRest = new('0', 32);
    private static readonly string HighestRest = new('f', 32);

    public async ValueTask<IReadOnlyList<DeadLetter>> PutAsync(DedicatedConnection connection, IReadOnlyList<DeadLetterWrite> writes, CallProgress progress, CancellationToken cancellationToken)
    {
        DeadLetterWrite[] sorted = [.. writes.OrderBy(static write => write.Letter.Key)];
        var letters = Array.ConvertAll(sorted, static write => write.Letter);
        var replace = Write(sql.ReplaceLetters, letters);
        replace.Parameters.Add(Parameter.Texts(Array.ConvertAll(sorted, static write => write.Replaces?.Digest ?? "")));
        var batch = connection.CreateBatch(out var first);
        await using (batch.ConfigureAwait(false))
        {
            batch.BatchCommands.Add(Write(sql.InsertLetters, letters));
            batch.BatchCommands.Add(replace);
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql.SelectOtherLetters)
            {
                Parameters =
                {
                    Keys(letters),
                    Parameter.Longs(Array.ConvertAll(letters, static letter => letter.Version)),
                    Parameter.Texts(Array.ConvertAll(letters, static letter => letter.ToVersion().Digest)),
                },
            });
            await connection.PrepareAsync(batch, cancellationToken).ConfigureAwait(false);
            progress.Sending();
            return await ReadAsync(batch, skipsFirst: first == 1, cancellationToken).ConfigureAwait(false);
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
            return await ReadAsync(batch, skipsFirst: first == 1, cancellationToken).ConfigureAwait(false);
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

    private static NpgsqlBatchCommand Write(string text, DeadLetter[] letters) => new(text)
    {
        Parameters =
        {
            Keys(letters),
            Parameter.Bytes(Array.ConvertAll(letters, static letter => letter.Payload)),
            Parameter.Longs(Array.ConvertAll(letters, static letter => letter.Version)),
            Parameter.Longs(Array.ConvertAll(letters, static letter => letter.BaseVersion)),
            Parameter.Longs(Array.ConvertAll(letters, static letter => Duration.ToMicroseconds(letter.ExpiresIn))),
            Parameter.Texts(Array.ConvertAll(letters, static letter => letter.Reason)),
            Parameter.Longs(Array.ConvertAll(letters, static letter => Duration.ToMicroseconds(letter.Age))),
        },
    };

    private static NpgsqlParameter Keys(DeadLetter[] letters) => Parameter.Keys(Array.ConvertAll(letters, static letter => letter.Key.ToHex()));

    private static async ValueTask<IReadOnlyList<DeadLetter>> ReadAsync(NpgsqlBatch batch, bool skipsFirst, CancellationToken cancellationToken)
    {
        var letters = new List<DeadLetter>();
        var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            if (skipsFirst) await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                if (!SessionKey.TryParseHex(reader.GetString(0), out var key)) continue;
                letters.Add(new DeadLetter(
                    key, reader.IsDBNull(1) ? [] : reader.GetFieldValue<byte[]>(1), reader.GetInt64(2), reader.GetInt64(3),
                    Duration.FromSeconds(reader.GetDouble(4)), reader.GetString(5), Duration.FromSeconds(Math.Max(0, reader.GetDouble(6)))));
            }
        }
        return letters;
    }
}
