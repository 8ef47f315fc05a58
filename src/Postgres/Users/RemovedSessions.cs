using Npgsql;

namespace HybridSession.Postgres.Users;

/// <summary>The keys that the last statement of a batch returned.</summary>
internal static class RemovedSessions
{
    /// <param name="batch">The batch.</param>
    /// <param name="returnsKeys">False when its last statement removes nothing.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async ValueTask<List<SessionKey>> ReadAsync(NpgsqlBatch batch, bool returnsKeys, CancellationToken cancellationToken)
    {
        List<SessionKey> keys = [];
        if (!returnsKeys)
        {
            await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            return keys;
        }

        var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            do
            {
                // Statements before may return rows of their own.
                keys.Clear();
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    if (reader.GetFieldType(0) == typeof(string) && SessionKey.TryParseHex(reader.GetString(0), out var key)) keys.Add(key);
            }
            while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false));
        }

        return keys;
    }
}
