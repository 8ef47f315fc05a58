using HybridSession.Postgres.Connecting;
using Npgsql;

namespace HybridSession.Postgres.Doctor;

/// <summary>What the server says about itself, its connection with this node, and the table.</summary>
/// <remarks>
/// Encryption is that of the connection as the server sees it, so behind a pooler the pooler's; <c>SynchronousCommit</c> as it holds for this role in this database;
/// <c>FreeConnections</c> what this role may still open there; <c>ClockSkew</c> the server's clock less this node's.
/// </remarks>
internal sealed record ServerFacts(
    bool IsEncrypted,
    string TlsVersion,
    bool Fsync,
    bool FullPageWrites,
    string SynchronousCommit,
    bool Autovacuum,
    bool MayUseTemporaryTables,
    int MaxConnections,
    int FreeConnections,
    TimeSpan ClockSkew,
    bool IsUnlogged,
    bool IsNotVacuumed)
{
    public static async Task<ServerFacts> ReadAsync(DedicatedConnection connection, SqlScripts sql, string schema, TimeProvider time, CancellationToken cancellationToken)
    {
        var batch = connection.CreateBatch(out var first);
        await using (batch.ConfigureAwait(false))
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql.ExamineServer));
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql.ExamineTable) { Parameters = { Parameter.Text(schema) } });
            var sent = time.GetUtcNow();
            var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                // The server looked at its clock somewhere between question and answer.
                var asked = sent + ((time.GetUtcNow() - sent) / 2);
                if (first == 1) await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                var facts = new ServerFacts(
                    IsEncrypted: reader.GetBoolean(0),
                    TlsVersion: reader.GetString(1),
                    Fsync: reader.GetBoolean(2),
                    FullPageWrites: reader.GetBoolean(3),
                    SynchronousCommit: reader.GetString(4),
                    Autovacuum: reader.GetBoolean(5),
                    MayUseTemporaryTables: reader.GetBoolean(6),
                    MaxConnections: reader.GetInt32(7),
                    FreeConnections: reader.GetInt32(8),
                    ClockSkew: reader.GetFieldValue<DateTimeOffset>(9) - asked,
                    IsUnlogged: false,
                    IsNotVacuumed: false);
                await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                return facts with { IsUnlogged = reader.GetBoolean(0), IsNotVacuumed = reader.GetBoolean(1) };
            }
        }
    }
}
