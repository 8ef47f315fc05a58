using System.Collections.Concurrent;

namespace HybridSession.Postgres.Connecting;

/// <summary>
/// A few dedicated connections for one kind of work. Opened when first needed and kept; the one used last is used next, so a quiet node holds one.
/// A connection on which a call failed is thrown away. Thread-safe.
/// </summary>
internal sealed class ConnectionLane(int size, Func<Task<DedicatedConnection>> open) : IAsyncDisposable, IDisposable
{
    /// <summary>Flushers, and removals beside them.</summary>
    public const int MaxWriters = 8;

    /// <summary>Loads come in batches already; more than one connection is for the call that must not wait for a large one. As many as Resilience:Loads:MaxConcurrent may ask for.</summary>
    public const int MaxLoaders = 4;

    /// <summary>Messages to other nodes, which come in batches too. Apart from the loads: a node that asks another one for a session has a request waiting.</summary>
    public const int MaxSenders = 1;

    private readonly SemaphoreSlim _free = new(size, size);
    private readonly ConcurrentStack<DedicatedConnection> _idle = new();
    private volatile bool _disposed;

    /// <summary>How many connections are open, in use or idle; moves while one looks.</summary>
    public int Open => size - _free.CurrentCount + _idle.Count;

    /// <summary>
    /// Waits for a free place and opens a connection if none is idle. A connection that is not open yet when the wait is cancelled is for the next caller:
    /// where connecting takes longer than anybody waits, nobody would ever have one.
    /// </summary>
    public async ValueTask<DedicatedConnection> RentAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (_idle.TryPop(out var idle)) return idle;

        var opening = open();
        try
        {
            return await opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!opening.IsFaulted)
        {
            _ = KeepAsync(opening);
            throw;
        }
        catch
        {
            _free.Release();
            throw;
        }
    }

    /// <summary>Gives the connection back; it is kept only when its call succeeded.</summary>
    public async ValueTask ReturnAsync(DedicatedConnection connection, bool healthy)
    {
        try
        {
            if (healthy && !_disposed) _idle.Push(connection);
            else await connection.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            _free.Release();
        }
        if (_disposed) await CloseIdleAsync().ConfigureAwait(false);
    }

    private async Task KeepAsync(Task<DedicatedConnection> opening)
    {
        DedicatedConnection connection;
        try
        {
            connection = await opening.ConfigureAwait(false);
        }
        catch
        {
            // Who wanted it has gone; the next one meets the same failure, or not.
            _free.Release();
            return;
        }

        await ReturnAsync(connection, healthy: true).ConfigureAwait(false);
    }

    /// <summary>Closes what is idle, as after a change of the server.</summary>
    public async ValueTask CloseIdleAsync()
    {
        while (_idle.TryPop(out var connection)) await connection.DisposeAsync().ConfigureAwait(false);
    }

    // The semaphore is not disposed: calls in flight still release it, and it holds no handle.
    public ValueTask DisposeAsync()
    {
        _disposed = true;
        return CloseIdleAsync();
    }

    public void Dispose()
    {
        _disposed = true;
        while (_idle.TryPop(out var connection)) connection.Dispose();
    }
}
