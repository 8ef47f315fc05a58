using HybridSession.Postgres.Connecting;
using Npgsql;

namespace HybridSession.Postgres.Users;

/// <summary>Finds, counts and removes sessions by their user. Every call is one round trip.</summary>
internal sealed class UserSessions(SqlScripts sql, UserLocks locks)
{
    // Before every key.
    private const string NoKey = "";

    public async ValueTask<IReadOnlyList<UserSession>> FindAsync(DedicatedConnection connection, string userId, int max, string? after, CancellationToken cancellationToken)
    {
        var last = NoKey;
        if (after is not null)
        {
            if (!SessionKey.TryPublicIdRange(after, out _, out var highest)) return [];
            last = highest.ToHex();
        }

        var found = new List<UserSession>();
        var batch = connection.CreateBatch(out var first);
        await using (batch.ConfigureAwait(false))
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql.FindUserSessions) { Parameters = { Parameter.Text(userId), Parameter.KeyText(last), Parameter.Long(max) } });
            await connection.PrepareAsync(batch, cancellationToken).ConfigureAwait(false);
            var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                if (first == 1) await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    if (SessionKey.TryParseHex(reader.GetString(0), out var key))
                        found.Add(new UserSession(key, Duration.FromSeconds(reader.GetDouble(1)), Duration.FromSeconds(Math.Max(0, reader.GetDouble(2)))));
            }
        }

        return found;
    }

    public ValueTask<long> CountAsync(DedicatedConnection connection, string userId, CancellationToken cancellationToken) =>
        CountAsync(connection, new NpgsqlBatchCommand(sql.CountUserSessions) { Parameters = { Parameter.Text(userId) } }, cancellationToken);

    public ValueTask<long> CountAllAsync(DedicatedConnection connection, CancellationToken cancellationToken) =>
        CountAsync(connection, new NpgsqlBatchCommand(sql.CountLiveSessions), cancellationToken);

    public async ValueTask<IReadOnlyList<SessionKey>> RemoveAsync(DedicatedConnection connection, string userId, string? except, CallProgress progress, CancellationToken cancellationToken)
    {
        // An empty range spares none.
        var (lowest, highest) = except is not null && SessionKey.TryPublicIdRange(except, out var low, out var high) ? (low.ToHex(), high.ToHex()) : (NoKey, NoKey);
        return await RemoveAsync(
            connection,
            [
                locks.Take(userId),
                new NpgsqlBatchCommand(sql.LockUserRows) { Parameters = { Parameter.KeyText(NoKey), Parameter.Text(userId) } },
                new NpgsqlBatchCommand(sql.DeleteUserSessions) { Parameters = { Parameter.Text(userId), Parameter.KeyText(lowest), Parameter.KeyText(highest) } },
            ],
            progress,
            cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<IReadOnlyList<SessionKey>> RemoveByIdAsync(DedicatedConnection connection, string publicId, CallProgress progress, CancellationToken cancellationToken)
    {
        if (!SessionKey.TryPublicIdRange(publicId, out var lowest, out var highest)) return [];
        return await RemoveAsync(
            connection, [new NpgsqlBatchCommand(sql.DeleteById) { Parameters = { Parameter.Key(lowest), Parameter.Key(highest) } }], progress, cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask<IReadOnlyList<SessionKey>> RemoveAsync(DedicatedConnection connection, NpgsqlBatchCommand[] commands, CallProgress progress, CancellationToken cancellationToken)
    {
        var batch = connection.CreateBatch(out _);
        await using (batch.ConfigureAwait(false))
        {
            foreach (var command in commands) batch.BatchCommands.Add(command);
            await connection.PrepareAsync(batch, cancellationToken).ConfigureAwait(false);
            progress.Sending();
            return await RemovedSessions.ReadAsync(batch, returnsKeys: true, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async ValueTask<long> CountAsync(DedicatedConnection connection, NpgsqlBatchCommand command, CancellationToken cancellationToken)
    {
        var batch = connection.CreateBatch(out var first);
        await using (batch.ConfigureAwait(false))
        {
            batch.BatchCommands.Add(command);
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
}
