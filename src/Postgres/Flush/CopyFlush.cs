using HybridSession.Postgres.Connecting;
using Npgsql;
using NpgsqlTypes;

namespace HybridSession.Postgres.Flush;

/// <summary>Stores a batch by binary COPY into a staging table of the connection, and one statement that merges it. Four round trips whatever the size.</summary>
internal sealed class CopyFlush(SqlScripts sql)
{
    /// <returns>As <see cref="ArrayFlush.RunAsync"/>: the places that were not all stored.</returns>
    public async ValueTask<List<int>> RunAsync(DedicatedConnection connection, IReadOnlyList<SessionWrite> writes, FlushPlan plan, CallProgress progress, CancellationToken cancellationToken)
    {
        await BeginAsync(connection, cancellationToken).ConfigureAwait(false);
        await StageAsync(connection, writes, plan, cancellationToken).ConfigureAwait(false);
        var (born, updated) = await MergeAsync(connection, progress, cancellationToken).ConfigureAwait(false);

        var unsure = new List<int>();
        if (born != plan.Births) unsure.AddRange(Enumerable.Range(0, plan.Births));
        if (updated != writes.Count - plan.Births) unsure.AddRange(Enumerable.Range(plan.Births, writes.Count - plan.Births));
        return unsure;
    }

    private async Task BeginAsync(DedicatedConnection connection, CancellationToken cancellationToken)
    {
        var batch = connection.CreateBareBatch();
        await using (batch.ConfigureAwait(false))
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand("begin"));
            batch.BatchCommands.Add(connection.TimeoutCommand(sql.ConfigureMerge));
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql.CreateStaging));
            await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task StageAsync(DedicatedConnection connection, IReadOnlyList<SessionWrite> writes, FlushPlan plan, CancellationToken cancellationToken)
    {
        var importer = await connection.Connection.BeginBinaryImportAsync(sql.CopyStaging, cancellationToken).ConfigureAwait(false);
        await using (importer.ConfigureAwait(false))
        {
            // The connection's command time-out does not reach COPY.
            importer.Timeout = connection.CommandTimeout;
            foreach (var index in plan.Order)
            {
                var write = writes[index];
                await importer.StartRowAsync(cancellationToken).ConfigureAwait(false);
                await importer.WriteAsync(write.Key.ToHex(), NpgsqlDbType.Char, cancellationToken).ConfigureAwait(false);
                await importer.WriteAsync(write.Payload, NpgsqlDbType.Bytea, cancellationToken).ConfigureAwait(false);
                await importer.WriteAsync(Duration.ToMicroseconds(write.ExpiresIn), NpgsqlDbType.Bigint, cancellationToken).ConfigureAwait(false);
                await importer.WriteAsync(write.Version, NpgsqlDbType.Bigint, cancellationToken).ConfigureAwait(false);
                await importer.WriteAsync(write.BaseVersion, NpgsqlDbType.Bigint, cancellationToken).ConfigureAwait(false);
            }
            await importer.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<(long Born, long Updated)> MergeAsync(DedicatedConnection connection, CallProgress progress, CancellationToken cancellationToken)
    {
        var batch = connection.CreateBareBatch();
        await using (batch.ConfigureAwait(false))
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql.MergeStaging));
            batch.BatchCommands.Add(new NpgsqlBatchCommand("commit"));
            progress.Sending();
            var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                var counts = (reader.GetInt64(0), reader.GetInt64(1));
                // To the end: only the answer to COMMIT says that it is done.
                while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false))
                {
                }
                progress.Committed();
                return counts;
            }
        }
    }
}
