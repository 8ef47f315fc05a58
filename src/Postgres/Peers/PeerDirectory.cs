using HybridSession.Postgres.Connecting;
using Npgsql;

namespace HybridSession.Postgres.Peers;

/// <summary>Reads which nodes are alive: those whose connection holds a lock.</summary>
internal sealed class PeerDirectory(SqlScripts sql, PeerNames names)
{
    public async ValueTask<IReadOnlyList<string>> ReadAsync(DedicatedConnection connection, CancellationToken cancellationToken)
    {
        var batch = connection.CreateBatch(out var first);
        await using (batch.ConfigureAwait(false))
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql.ReadPeers) { Parameters = { Parameter.Long(names.Site) } });
            await connection.PrepareAsync(batch, cancellationToken).ConfigureAwait(false);
            var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                if (first == 1) await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                var nodes = new List<string>();
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) nodes.Add(PeerNames.NodeOf(reader.GetInt64(0)));
                return nodes;
            }
        }
    }
}
