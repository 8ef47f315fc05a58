using HybridSession.Postgres.Connecting;
using Npgsql;

namespace HybridSession.Postgres.Flush;

/// <summary>
/// Knows when somebody else holds rows for so long that a flush ran into the lock time-out, and finds out which. For a while after that each flush looks first,
/// so that a lock held for a minute does not cost every flush of that minute the time-out. Thread-safe.
/// </summary>
internal sealed class BlockedRows(SqlScripts sql, TimeProvider time)
{
    private static readonly TimeSpan Vigilance = TimeSpan.FromSeconds(5);

    private long _seenAt;

    /// <summary>True for some seconds after a lock was met.</summary>
    public bool MayBeThere => Interlocked.Read(ref _seenAt) is var seen && seen != 0 && time.GetElapsedTime(seen) < Vigilance;

    public void Met() => Interlocked.Exchange(ref _seenAt, time.GetTimestamp());

    /// <summary>The places of the writes whose rows somebody holds now. Births have no row.</summary>
    public async ValueTask<HashSet<int>> FindAsync(DedicatedConnection connection, IReadOnlyList<SessionWrite> writes, CancellationToken cancellationToken)
    {
        var places = Enumerable.Range(0, writes.Count).Where(place => !writes[place].IsBirth).ToDictionary(place => writes[place].Key);
        var blocked = new HashSet<int>();
        if (places.Count == 0) return blocked;

        var keys = places.Keys.Select(static key => key.ToHex()).ToArray();
        foreach (var chunk in keys.Chunk(FlushPlan.MaxRows))
        {
            var batch = connection.CreateBatch(out var first);
            await using (batch.ConfigureAwait(false))
            {
                batch.BatchCommands.Add(new NpgsqlBatchCommand(sql.FindRows) { Parameters = { Parameter.Keys(chunk) } });
                batch.BatchCommands.Add(new NpgsqlBatchCommand(sql.FindFreeRows) { Parameters = { Parameter.Keys(chunk) } });
                var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    if (first == 1) await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                    await foreach (var key in KeysAsync(reader, cancellationToken).ConfigureAwait(false)) blocked.Add(places[key]);
                    await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                    await foreach (var key in KeysAsync(reader, cancellationToken).ConfigureAwait(false)) blocked.Remove(places[key]);
                }
            }
        }

        if (blocked.Count > 0) Met();
        return blocked;
    }

    private static async IAsyncEnumerable<SessionKey> KeysAsync(NpgsqlDataReader reader, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            if (SessionKey.TryParseHex(reader.GetString(0), out var key)) yield return key;
    }
}
