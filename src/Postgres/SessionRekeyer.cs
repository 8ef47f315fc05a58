using HybridSession.Postgres.Connecting;
using HybridSession.Postgres.Users;
using Npgsql;

namespace HybridSession.Postgres;

/// <summary>Moves a session to a new key by one guarded statement.</summary>
internal sealed class SessionRekeyer(SqlScripts sql, UserLocks locks, SessionReader sessions)
{
    public async ValueTask<FlushOutcome> RekeyAsync(DedicatedConnection connection, SessionKey oldKey, long baseVersion, SessionWrite replacement, CallProgress progress, CancellationToken cancellationToken)
    {
        var batch = connection.CreateBatch(out _);
        await using (batch.ConfigureAwait(false))
        {
            // Whoever removes the sessions of its user finds it under the old key, or afterwards under the new one.
            if (replacement.UserId is { } userId) batch.BatchCommands.Add(locks.Take(userId));
            var rekey = new NpgsqlBatchCommand(sql.RekeySession)
            {
                Parameters =
                {
                    Parameter.Key(oldKey),
                    Parameter.Long(baseVersion),
                    Parameter.Key(replacement.Key),
                    Parameter.Bytes(replacement.Payload),
                    Parameter.Long(Duration.ToMicroseconds(replacement.ExpiresIn)),
                    Parameter.Long(replacement.Version),
                },
            };
            batch.BatchCommands.Add(rekey);
            await connection.PrepareAsync(batch, cancellationToken).ConfigureAwait(false);
            progress.Sending();
            await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            if (rekey.RecordsAffected == 1)
            {
                progress.Committed();
                return FlushOutcome.Written;
            }
        }

        // The guard held it back. Nothing was changed, so what fails from here on leaves no doubt.
        progress.ChangedNothing();
        var found = await sessions.ReadAsync(connection, [oldKey, replacement.Key], cancellationToken).ConfigureAwait(false);
        if (found.TryGetValue(oldKey, out var current)) return FlushOutcome.Conflict(current);

        // The new key is known to nobody but this caller: when it is stored already, an earlier attempt did it and its answer was lost.
        return found.TryGetValue(replacement.Key, out var moved) && moved.Version == replacement.Version && moved.Payload.AsSpan().SequenceEqual(replacement.Payload)
            ? FlushOutcome.Written
            : FlushOutcome.Gone;
    }
}
