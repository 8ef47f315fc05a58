using HybridSession.Postgres.Connecting;
using Npgsql;

namespace HybridSession.Postgres.Peers;

/// <summary>Which database of which running server a connection leads to.</summary>
internal sealed record DatabaseIdentity(string Database, DateTime ServerStarted)
{
    public static async ValueTask<DatabaseIdentity> ReadAsync(DedicatedConnection connection, SqlScripts sql, CancellationToken cancellationToken)
    {
        var batch = connection.CreateBatch(out var first);
        await using (batch.ConfigureAwait(false))
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql.IdentifyDatabase));
            var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                if (first == 1) await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                return new DatabaseIdentity(reader.GetString(0), reader.GetDateTime(1));
            }
        }
    }
}
