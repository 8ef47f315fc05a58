using HybridSession.Postgres.Connecting;
using Npgsql;

namespace HybridSession.Postgres.Flush;

/// <summary>Stores a batch by array parameters: all statements in one round trip, which is one implicit transaction.</summary>
internal sealed class ArrayFlush(SqlScripts sql, int largeRowBytes)
{
    /// <returns>The places of the plan that a statement with too few affected rows covers; empty when all was stored.</returns>
    public async ValueTask<List<int>> RunAsync(DedicatedConnection connection, IReadOnlyList<SessionWrite> writes, FlushPlan plan, CallProgress progress, CancellationToken cancellationToken)
    {
        var segments = plan.Split(writes, largeRowBytes);
        var batch = connection.CreateBatch(out var first);
        await using (batch.ConfigureAwait(false))
        {
            foreach (var segment in segments) batch.BatchCommands.Add(segment.Count == 1 ? Single(writes[plan.Order[segment.Start]]) : Many(writes, plan, segment));
            await connection.PrepareAsync(batch, cancellationToken).ConfigureAwait(false);
            progress.Sending();
            await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            progress.Committed();

            var unsure = new List<int>();
            for (var i = 0; i < segments.Count; i++)
            {
                if (batch.BatchCommands[first + i].RecordsAffected == segments[i].Count) continue;
                unsure.AddRange(Enumerable.Range(segments[i].Start, segments[i].Count));
            }
            return unsure;
        }
    }

    private NpgsqlBatchCommand Single(in SessionWrite write)
    {
        var command = new NpgsqlBatchCommand(write.IsBirth ? sql.InsertBirth : sql.UpdateSession)
        {
            Parameters =
            {
                Parameter.Key(write.Key),
                Parameter.Bytes(write.Payload),
                Parameter.Long(Duration.ToMicroseconds(write.ExpiresIn)),
                Parameter.Long(write.Version),
            },
        };
        if (!write.IsBirth) command.Parameters.Add(Parameter.Long(write.BaseVersion));
        return command;
    }

    private NpgsqlBatchCommand Many(IReadOnlyList<SessionWrite> writes, FlushPlan plan, FlushSegment segment)
    {
        var keys = new string[segment.Count];
        var payloads = new byte[segment.Count][];
        var expiries = new long[segment.Count];
        var versions = new long[segment.Count];
        var bases = new long[segment.Count];
        for (var i = 0; i < segment.Count; i++)
        {
            var write = writes[plan.Order[segment.Start + i]];
            keys[i] = write.Key.ToHex();
            payloads[i] = write.Payload;
            expiries[i] = Duration.ToMicroseconds(write.ExpiresIn);
            versions[i] = write.Version;
            bases[i] = write.BaseVersion;
        }

        var command = new NpgsqlBatchCommand(segment.IsBirth ? sql.InsertBirths : sql.UpdateSessions)
        {
            Parameters = { Parameter.Keys(keys), Parameter.Bytes(payloads), Parameter.Longs(expiries), Parameter.Longs(versions) },
        };
        if (!segment.IsBirth) command.Parameters.Add(Parameter.Longs(bases));
        return command;
    }
}
