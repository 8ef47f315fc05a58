using System.Threading.Channels;
using HybridSession.Consistency;
using HybridSession.WriteBehind;

namespace HybridSession.Hot;

/// <summary>
/// Reads sessions that are not in memory: misses that wait go into one read together, and requests for one key share one ticket.
/// </summary>
internal sealed class SessionLoader(ISessionBackingStore store, Func<SessionKey, SessionShard> shardOf, StaleMarks? marks = null)
{
    // Larger reads only make the first waiter wait for the last.
    private const int MaxBatch = 256;

    private readonly Channel<LoadTicket> _waiting = Channel.CreateUnbounded<LoadTicket>(new UnboundedChannelOptions());

    public void Enqueue(LoadTicket ticket) => _waiting.Writer.TryWrite(ticket);

    /// <summary>Reads what waits as soon as the previous answer is in, until stopped. May run several times at once: a slow read then holds up only those it reads for.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var batch = new List<LoadTicket>(MaxBatch);
        try
        {
            while (await _waiting.Reader.WaitToReadAsync(stop).ConfigureAwait(false))
            {
                batch.Clear();
                while (batch.Count < MaxBatch && _waiting.Reader.TryRead(out var ticket)) batch.Add(ticket);
                // Another loop may have taken them.
                if (batch.Count > 0) await LoadAsync(batch).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            while (_waiting.Reader.TryRead(out var ticket))
                Fail(ticket, new BackingStoreException("The session was not loaded: the application is stopping.", BackingStoreFailure.LocalPressure, outcomeUnknown: false, null));
        }
    }

    private async Task LoadAsync(List<LoadTicket> batch)
    {
        var reads = new SessionRead[batch.Count];
        var readAt = marks?.Next() ?? 0;
        for (var i = 0; i < reads.Length; i++)
        {
            batch[i].ReadAt = readAt;
            reads[i] = new SessionRead(batch[i].Key, batch[i].KnownVersion);
        }

        StoredSession?[] rows;
        try
        {
            // Not bound to one request: others may wait for the same read. Each waiter has its own limit.
            rows = await store.LoadAsync(reads, CancellationToken.None).ConfigureAwait(false);
            if (rows.Length != reads.Length)
                throw new BackingStoreException($"The backing store answered a load of {reads.Length} sessions with {rows.Length} rows. This is a defect of the store.", BackingStoreFailure.Data, outcomeUnknown: false, null);
        }
        catch (Exception exception)
        {
            foreach (var ticket in batch) Fail(ticket, exception);
            return;
        }

        for (var i = 0; i < reads.Length; i++)
        {
            if (shardOf(batch[i].Key).TryCompleteLoad(batch[i], rows[i], out var result)) batch[i].Complete(result);
            else Enqueue(batch[i]);
        }
    }

    private void Fail(LoadTicket ticket, Exception exception)
    {
        shardOf(ticket.Key).AbortLoad(ticket);
        ticket.Fail(exception);
    }
}
