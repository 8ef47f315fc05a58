using HybridSession.Postgres.Connecting;
using HybridSession.Postgres.Failures;
using Npgsql;

namespace HybridSession.Postgres;

// What every call has in common: its connection, and the translation of its failure.
internal sealed partial class PostgresBackingStore
{
    // How long a cancelled call may take to come to an end in order. A server that answers needs a round trip for it.
    private static readonly TimeSpan CancellationGrace = TimeSpan.FromMilliseconds(250);

    private async ValueTask<T> CallAsync<T>(
        ConnectionLane lane, Func<string> action, Func<DedicatedConnection, CallProgress, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        cancellationToken.ThrowIfCancellationRequested();
        var call = RunAsync(lane, action, work, cancellationToken);
        try
        {
            return await call.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!call.IsCompleted)
        {
            // Of a server that says nothing, Npgsql takes its leave in seconds, which are not the caller's: it goes on by itself, and so does its place in the lane.
            await Task.WhenAny(call, Task.Delay(CancellationGrace, CancellationToken.None)).ConfigureAwait(false);
            if (call.IsCompleted) return await call.ConfigureAwait(false);
            _ = call.ContinueWith(static ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            throw new OperationCanceledException("The wait for PostgreSQL was cancelled.", cancellationToken);
        }
    }

    private async Task<T> RunAsync<T>(
        ConnectionLane lane, Func<string> action, Func<DedicatedConnection, CallProgress, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        // Npgsql sends its cancellation while the token is being cancelled, and may wait for the server then: not on the caller's thread, nor before whoever else watches his token.
        var npgsql = new CancellationTokenSource();
        using var link = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).CancelAsync(), npgsql);
        var progress = new CallProgress();
        DedicatedConnection? connection = null;
        var healthy = false;
        try
        {
            connection = await lane.RentAsync(npgsql.Token).ConfigureAwait(false);
            var result = await work(connection, progress, npgsql.Token).ConfigureAwait(false);
            healthy = true;
            return result;
        }
        catch (BackingStoreException known)
        {
            await AfterFailureAsync(known).ConfigureAwait(false);
            throw;
        }
        catch (Exception exception) when (!(exception is ObjectDisposedException && _disposed))
        {
            // Also of a call that was cancelled: a server that says nothing is met by a time-out.
            if (connection is not null && IsLost(connection, exception)) await AfterLossAsync().ConfigureAwait(false);
            if (cancellationToken.IsCancellationRequested) throw new OperationCanceledException("The wait for PostgreSQL was cancelled.", exception, cancellationToken);

            var failure = StoreFailure.Wrap(action(), exception, progress.IsOutcomeUnknown(exception));
            await AfterFailureAsync(failure).ConfigureAwait(false);
            throw failure;
        }
        finally
        {
            if (connection is not null) await lane.ReturnAsync(connection, healthy).ConfigureAwait(false);
        }
    }

    // The connection of the failed call is thrown away in any case; sometimes the others are no better.
    private async ValueTask AfterFailureAsync(BackingStoreException failure)
    {
        var isWrongServer = failure.Failure == BackingStoreFailure.WrongServer;
        var isStale = SqlStateClassifier.FindPostgres(failure)?.SqlState
            is PostgresErrorCodes.FeatureNotSupported or PostgresErrorCodes.InvalidSqlStatementName or PostgresErrorCodes.DuplicatePreparedStatement;
        if (!isWrongServer && !isStale) return;

        if (isWrongServer) Log.WrongServer(_logger);
        else Log.StatementsStale(_logger);
        _dataSource.Clear();
        await CloseIdleAsync().ConfigureAwait(false);
    }

    // What ended one connection (a restart, a fail-over, a firewall) ended its idle neighbours too; met one by one they would use up the retries of several calls.
    private async ValueTask AfterLossAsync()
    {
        Log.ConnectionLost(_logger);
        if (_ownsDataSource) _dataSource.Clear();
        await CloseIdleAsync().ConfigureAwait(false);
    }

    private static bool IsLost(DedicatedConnection connection, Exception exception) =>
        !connection.IsOpen || SqlStateClassifier.FindPostgres(exception)?.InvariantSeverity is "FATAL" or "PANIC";

    private async ValueTask CloseIdleAsync()
    {
        await _writes.CloseIdleAsync().ConfigureAwait(false);
        await _loads.CloseIdleAsync().ConfigureAwait(false);
        await _sends.CloseIdleAsync().ConfigureAwait(false);
    }

    private int CountConnections() => _writes.Open + _loads.Open + _sends.Open;

    private async Task<DedicatedConnection> OpenAsync()
    {
        var connection = await DedicatedConnection.OpenAsync(_dataSource, _sql, _options, CancellationToken.None).ConfigureAwait(false);
        if (connection.IsReadOnly)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            _dataSource.Clear();
            throw new BackingStoreException(
                $"PostgreSQL at {ConnectionTarget.Of(_dataSource).Server} takes no writes: it is a standby, or its default_transaction_read_only is on. List all servers and set Target Session Attributes=primary.",
                BackingStoreFailure.WrongServer, outcomeUnknown: false, innerException: null);
        }
        if (connection.IsPooled && Interlocked.Exchange(ref _poolerReported, 1) == 0) Log.PoolerFound(_logger);
        return connection;
    }

    private static NpgsqlDataSource CreateDataSource(string? connectionString, Action<NpgsqlConnectionStringBuilder>? configure = null)
    {
        if (!ConnectionStringReader.TryRead(connectionString, out var builder, out var failure)) throw new ArgumentException($"The connection string {failure}", nameof(connectionString));

        configure?.Invoke(builder);

        // No logger factory: Npgsql would write every flush at Information.
        return new NpgsqlDataSourceBuilder(builder.ConnectionString).Build();
    }

    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        if (_locks is { } locks) await locks.DisposeAsync().ConfigureAwait(false);
        await _writes.DisposeAsync().ConfigureAwait(false);
        await _loads.DisposeAsync().ConfigureAwait(false);
        await _sends.DisposeAsync().ConfigureAwait(false);
        if (_ownsListenSource) await _listenSource.DisposeAsync().ConfigureAwait(false);
        if (_ownsDataSource) await _dataSource.DisposeAsync().ConfigureAwait(false);
    }

    public void Dispose()
    {
        _disposed = true;
        _locks?.Dispose();
        _writes.Dispose();
        _loads.Dispose();
        _sends.Dispose();
        if (_ownsListenSource) _listenSource.Dispose();
        if (_ownsDataSource) _dataSource.Dispose();
    }
}
