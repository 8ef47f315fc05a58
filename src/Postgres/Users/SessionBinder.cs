using HybridSession.Postgres.Connecting;
using Npgsql;

namespace HybridSession.Postgres.Users;

/// <summary>Binds a session to a user: one round trip, which is one transaction under the user's lock.</summary>
internal sealed class SessionBinder(SqlScripts sql, UserLocks locks, SessionReader sessions)
{
    public async ValueTask<BindOutcome> BindAsync(DedicatedConnection connection, SessionBinding binding, CallProgress progress, CancellationToken cancellationToken)
    {
        var write = binding.Write;
        var batch = connection.CreateBatch(out _);
        await using (batch.ConfigureAwait(false))
        {
            var max = write.UserId is null ? null : binding.MaxSessions;
            var drops = max is not null && binding.DropsOldest;
            if (write.UserId is { } userId)
            {
                batch.BatchCommands.Add(locks.Take(userId));
                if (drops) batch.BatchCommands.Add(new NpgsqlBatchCommand(sql.LockUserRows) { Parameters = { Parameter.Key(write.Key), Parameter.Text(userId) } });
            }

            var bind = Bind(write, drops ? null : max);
            batch.BatchCommands.Add(bind);
            if (drops) batch.BatchCommands.Add(Drop(write, max!.Value - 1));
            await connection.PrepareAsync(batch, cancellationToken).ConfigureAwait(false);
            progress.Sending();
            var dropped = await RemovedSessions.ReadAsync(batch, drops, cancellationToken).ConfigureAwait(false);
            if (bind.RecordsAffected == 1)
            {
                progress.Committed();
                return BindOutcome.Bound(dropped);
            }
        }

        // A guard held it back. Nothing was changed, so what fails from here on leaves no doubt.
        progress.ChangedNothing();
        var found = await sessions.ReadAsync(connection, [write.Key], cancellationToken).ConfigureAwait(false);
        return Judge(binding, found.GetValueOrDefault(write.Key));
    }

    // The version that it was to start from is there: then it was the limit. What is changed between the two statements is a conflict, and tried again.
    private static BindOutcome Judge(in SessionBinding binding, StoredSession? row)
    {
        if (row is null) return BindOutcome.Gone;
        if (row.Version == binding.Write.BaseVersion) return BindOutcome.LimitReached;
        return row.Version == binding.Write.Version && row.Payload.AsSpan().SequenceEqual(binding.Write.Payload) ? BindOutcome.Bound([]) : BindOutcome.Conflict(row);
    }

    private NpgsqlBatchCommand Bind(in SessionWrite write, int? max) => new(sql.BindSession)
    {
        Parameters =
        {
            Parameter.Key(write.Key),
            Parameter.Bytes(write.Payload),
            Parameter.Long(Duration.ToMicroseconds(write.ExpiresIn)),
            Parameter.Long(write.Version),
            Parameter.Long(write.BaseVersion),
            Parameter.OptionalText(write.UserId),
            Parameter.OptionalLong(max),
        },
    };

    private NpgsqlBatchCommand Drop(in SessionWrite write, int others) => new(sql.DropUserSessions)
    {
        Parameters = { Parameter.Key(write.Key), Parameter.Text(write.UserId!), Parameter.Long(write.Version), Parameter.Long(others) },
    };
}
