using HybridSession.Postgres.Connecting;
using HybridSession.Postgres.Failures;
using HybridSession.Postgres.Peers;
using Microsoft.Extensions.Logging;

namespace HybridSession.Postgres.Locks;

/// <summary>
/// Locks of sessions as advisory locks on one connection of this node, opened when first needed. What is asked for while a question is under way goes together in the next one.
/// A connection that ends takes its locks with it; the next attempt opens another.
/// </summary>
internal sealed class PostgresSessionLocks(PeerDoor door, SqlScripts sql, string schema, TimeProvider time, ILogger logger) : ISessionLocks, IAsyncDisposable, IDisposable
{
    // What only a person can mend is not mended within seconds.
    private static readonly TimeSpan RefusalLasts = TimeSpan.FromMinutes(1);

    private readonly LockTable _table = new();
    private readonly LockNumbers _numbers = new(schema);
    private readonly CancellationTokenSource _stop = new();
    private Task _serving = Task.CompletedTask;
    private LockConnection? _connection;
    private string? _refusal;
    private long _refusedAt;

    public async ValueTask<SessionLockAttempt> TryAcquireAsync(SessionKey key, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_stop.IsCancellationRequested, this);
        cancellationToken.ThrowIfCancellationRequested();
        if (_table.Enter(key, out var isToServe) is not { } attempt) return SessionLockAttempt.Busy;
        if (isToServe) Serve();
        try
        {
            return await attempt.Answer.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!attempt.Answer.TrySetCanceled(cancellationToken))
        {
            // The answer came at the same moment.
            return await attempt.Answer.Task.ConfigureAwait(false);
        }
    }

    /// <summary>Closes the connection, and with it ends all locks.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync().ConfigureAwait(false);
        await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_connection is { } connection) await connection.CloseAsync().ConfigureAwait(false);
        Dispose();
    }

    /// <summary>As <see cref="DisposeAsync"/>, without a wait for what is under way.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _connection?.Dispose();
        _connection = null;
        foreach (var lease in _table.LoseAll([])) lease.Released();
        _stop.Dispose();
    }

    // Not on the thread of the request.
    private void Serve() => _serving = Task.Run(ServeAsync);

    private async Task ServeAsync()
    {
        while (_table.TryTake(out var tries, out var releases))
        {
            try
            {
                await ServeAsync(tries, releases).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                Fail(tries, exception as BackingStoreException ?? StoreFailure.Wrap("Locking a session", exception, outcomeUnknown: false));
            }
        }
    }

    private async Task ServeAsync(List<LockTry> tries, List<LockLease> releases)
    {
        var isFresh = _connection is null;
        while (true)
        {
            if (_connection is null)
            {
                // Locks that were released after their connection had ended.
                foreach (var lease in _table.LoseAll(releases)) lease.Released();
                if (tries.Count == 0 || !await TryOpenAsync(tries).ConfigureAwait(false)) return;
            }

            try
            {
                var had = await _connection!.RunAsync([.. releases.Select(static lease => lease.Key)], [.. tries.Select(static attempt => attempt.Key)]).ConfigureAwait(false);
                foreach (var lease in releases) lease.Released();
                for (var i = 0; i < had.Length; i++) Settle(tries[i], had[i]);
                return;
            }
            catch (Exception exception)
            {
                Lose(exception, releases);
                if (isFresh) throw;
                // The connection may have ended long ago: that is no reason to refuse anybody.
                isFresh = true;
            }
        }
    }

    // False when there can be no locks; those who try are told.
    private async Task<bool> TryOpenAsync(List<LockTry> tries)
    {
        if (_refusal is not null && time.GetElapsedTime(_refusedAt) < RefusalLasts)
        {
            Refuse(tries);
            return false;
        }

        var opened = await door.OpenAsync(_stop.Token).ConfigureAwait(false);
        var connection = new LockConnection(opened, sql, _numbers);
        try
        {
            var refusal = await door.RefusalOfAsync(opened, _stop.Token).ConfigureAwait(false);
            _refusal = refusal is null ? null : $"{refusal.Cause}. {refusal.Advice}";
            if (refusal is null)
            {
                await connection.ConfigureAsync().ConfigureAwait(false);
                _connection = connection;
                return true;
            }
        }
        finally
        {
            if (_connection is null) await connection.CloseAsync().ConfigureAwait(false);
        }

        _refusedAt = time.GetTimestamp();
        Refuse(tries);
        return false;
    }

    private void Settle(LockTry attempt, bool had)
    {
        if (!had)
        {
            _table.Forget(attempt.Key);
            attempt.Answer.TrySetResult(SessionLockAttempt.Busy);
            return;
        }

        var lease = _table.Hold(attempt.Key, Release);
        // Whoever wanted it has gone.
        if (!attempt.Answer.TrySetResult(SessionLockAttempt.Taken(lease))) _table.Release(lease);
    }

    private void Refuse(List<LockTry> tries)
    {
        foreach (var attempt in tries)
        {
            _table.Forget(attempt.Key);
            attempt.Answer.TrySetResult(SessionLockAttempt.Impossible(_refusal!));
        }
    }

    private void Fail(List<LockTry> tries, BackingStoreException failure)
    {
        foreach (var attempt in tries)
        {
            _table.Forget(attempt.Key);
            if (attempt.Answer.TrySetException(failure)) _ = attempt.Answer.Task.Exception;
        }
    }

    private void Release(LockLease lease)
    {
        if (_table.Release(lease)) Serve();
    }

    private void Lose(Exception exception, List<LockLease> releases)
    {
        var lost = _table.LoseAll(releases);
        if (_connection is { } connection) _ = connection.CloseAsync();
        _connection = null;
        if (lost.Length > 0) Log.LocksLost(logger, lost.Length, StoreFailure.Describe(exception));
        foreach (var lease in lost) lease.Released();
    }
}
