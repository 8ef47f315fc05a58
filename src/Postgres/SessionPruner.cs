using HybridSession.Postgres.Connecting;
using Npgsql;

namespace HybridSession.Postgres;

/// <summary>
/// Removes expired rows by walking the table in page ranges, each its own short transaction. It needs no index on the expiry, which every flush would pay for.
/// </summary>
internal sealed class SessionPruner(SqlScripts sql, DeadLetterTable letters)
{
    /// <summary>About 28 ms a statement at 200 bytes a row, during which a flush is not held up.</summary>
    public const int PagesPerStatement = 500;

    public async ValueTask<long> PruneAsync(DedicatedConnection connection, TimeSpan grace, CallProgress progress, CancellationToken cancellationToken)
    {
        var pages = await CountPagesAsync(connection, cancellationToken).ConfigureAwait(false);
        var pruned = 0L;
        for (var page = 0L; page < pages; page += PagesPerStatement)
        {
            progress.Sending();
            var (isMine, count) = await PruneRangeAsync(connection, (uint)page, (uint)(page + PagesPerStatement), grace, cancellationToken).ConfigureAwait(false);
            if (count > 0) progress.Committed();
            pruned += count;

            // Another node is at it and will come by the rest.
            if (!isMine) return pruned;
        }

        await letters.PruneAsync(connection, grace, progress, cancellationToken).ConfigureAwait(false);
        return pruned;
    }

    private async ValueTask<long> CountPagesAsync(DedicatedConnection connection, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(sql.CountPages, connection.Connection) { Parameters = { Parameter.Text(sql.Table) } };
        await using (command.ConfigureAwait(false))
        {
            return (long)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        }
    }

    private async ValueTask<(bool IsMine, long Count)> PruneRangeAsync(DedicatedConnection connection, uint from, uint to, TimeSpan grace, CancellationToken cancellationToken)
    {
        var batch = connection.CreateBatch(out var first);
        await using (batch.ConfigureAwait(false))
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql.PrunePages)
            {
                Parameters = { Parameter.Page(from), Parameter.Page(to), Parameter.Long(Duration.ToMicroseconds(grace)), Parameter.Text(sql.Table) },
            });
            await connection.PrepareAsync(batch, cancellationToken).ConfigureAwait(false);
            var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                if (first == 1) await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                return (reader.GetBoolean(0), reader.GetInt64(1));
            }
        }
    }
}
