using HybridSession.Postgres.Connecting;
using HybridSession.Postgres.Flush;
using Npgsql;

namespace HybridSession.Postgres;

/// <summary>Moves expiries: all of a batch in one round trip, and a second one only when a row was not as expected.</summary>
internal sealed class SessionToucher(SqlScripts sql)
{
    public async ValueTask<IReadOnlyList<SessionKey>> TouchAsync(DedicatedConnection connection, IReadOnlyList<SessionTouch> touches, CallProgress progress, CancellationToken cancellationToken)
    {
        // By key: the order in which every writer locks.
        var chunks = touches.OrderBy(static touch => touch.Key).Chunk(FlushPlan.MaxRows).ToArray();
        var missed = new List<SessionTouch[]>();
        var batch = connection.CreateBatch(out var first);
        await using (batch.ConfigureAwait(false))
        {
            foreach (var chunk in chunks)
            {
                batch.BatchCommands.Add(new NpgsqlBatchCommand(sql.TouchSessions)
                {
                    Parameters = { Keys(chunk), Parameter.Longs(Array.ConvertAll(chunk, static t => Duration.ToMicroseconds(t.ExpiresIn))), Versions(chunk) },
                });
            }
            await connection.PrepareAsync(batch, cancellationToken).ConfigureAwait(false);
            progress.Sending();
            await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            progress.Committed();
            for (var i = 0; i < chunks.Length; i++)
            {
                if (batch.BatchCommands[first + i].RecordsAffected != chunks[i].Length) missed.Add(chunks[i]);
            }
        }
        return missed.Count == 0 ? [] : await FindUntouchedAsync(connection, missed, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<IReadOnlyList<SessionKey>> FindUntouchedAsync(DedicatedConnection connection, List<SessionTouch[]> chunks, CancellationToken cancellationToken)
    {
        var untouched = new List<SessionKey>();
        var batch = connection.CreateBatch(out var first);
        await using (batch.ConfigureAwait(false))
        {
            foreach (var chunk in chunks) batch.BatchCommands.Add(new NpgsqlBatchCommand(sql.SelectUntouched) { Parameters = { Keys(chunk), Versions(chunk) } });
            await connection.PrepareAsync(batch, cancellationToken).ConfigureAwait(false);
            var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                if (first == 1) await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                do
                {
                    while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    {
                        if (SessionKey.TryParseHex(reader.GetString(0), out var key)) untouched.Add(key);
                    }
                }
                while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false));
            }
        }
        return untouched;
    }

    private static NpgsqlParameter Keys(SessionTouch[] touches) => Parameter.Keys(Array.ConvertAll(touches, static touch => touch.Key.ToHex()));

    private static NpgsqlParameter Versions(SessionTouch[] touches) => Parameter.Longs(Array.ConvertAll(touches, static touch => touch.Version));
}
