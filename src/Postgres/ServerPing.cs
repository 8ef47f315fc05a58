using HybridSession.Postgres.Connecting;
using Npgsql;

namespace HybridSession.Postgres;

/// <summary>Asks the server, in one round trip, whether it would take a flush now.</summary>
internal sealed class ServerPing(SqlScripts sql)
{
    /// <exception cref="BackingStoreException">It would not.</exception>
    public async ValueTask<bool> RunAsync(DedicatedConnection connection, CancellationToken cancellationToken)
    {
        var batch = connection.CreateBatch(out var first);
        await using (batch.ConfigureAwait(false))
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql.Ping) { Parameters = { Parameter.Text(sql.Table) } });
            await connection.PrepareAsync(batch, cancellationToken).ConfigureAwait(false);
            var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                if (first == 1) await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                if (reader.GetBoolean(0)) throw Refuse("PostgreSQL takes no writes: it is a standby, or read only.", BackingStoreFailure.WrongServer);
                if (!reader.GetBoolean(1)) throw Refuse($"The role may no longer read and write {sql.Table}. Grant select, insert, update, delete on it.", BackingStoreFailure.Setup);
                return true;
            }
        }
    }

    private static BackingStoreException Refuse(string message, BackingStoreFailure failure) => new(message, failure, outcomeUnknown: false, innerException: null);
}
