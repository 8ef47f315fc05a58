using System.Data;
using System.Globalization;
using Npgsql;
using NpgsqlTypes;

namespace HybridSession.Postgres.Connecting;

/// <summary>
/// One long-lived connection, used by one call at a time: rented once from the data source, configured once, its statements prepared once.
/// Behind a connection pooler nothing of that would last, so there each transaction carries its settings and nothing is prepared.
/// Not thread-safe; <see cref="ConnectionLane"/> hands it to one caller.
/// </summary>
internal sealed class DedicatedConnection : IAsyncDisposable, IDisposable
{
    private readonly SqlScripts _sql;
    private readonly string _statementTimeout;
    private readonly string _lockTimeout;
    private readonly int _timeoutSeconds;
    private readonly bool _assumePooler;

    private DedicatedConnection(NpgsqlConnection connection, SqlScripts sql, PostgresSessionOptions options)
    {
        Connection = connection;
        _sql = sql;
        _assumePooler = options.AssumePooler;
        _statementTimeout = Milliseconds(options.StatementTimeout);
        _lockTimeout = Milliseconds(options.LockTimeout);
        // The server gives up first and says so; this is for a server that says nothing.
        _timeoutSeconds = (int)Math.Ceiling(options.StatementTimeout.TotalSeconds) + 1;
    }

    public NpgsqlConnection Connection { get; }

    /// <summary>False once the connection broke.</summary>
    public bool IsOpen => Connection.FullState.HasFlag(ConnectionState.Open);

    /// <summary>True when a connection pooler, such as PgBouncer, stands between this process and the server.</summary>
    public bool IsPooled { get; private set; }

    /// <summary>True when the server takes no writes: a standby, or one that was set to read only.</summary>
    public bool IsReadOnly { get; private set; }

    public static async ValueTask<DedicatedConnection> OpenAsync(NpgsqlDataSource dataSource, SqlScripts sql, PostgresSessionOptions options, CancellationToken cancellationToken)
    {
        var connection = dataSource.CreateConnection();
        var dedicated = new DedicatedConnection(connection, sql, options);
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            await dedicated.ConfigureAsync(cancellationToken).ConfigureAwait(false);
            return dedicated;
        }
        catch
        {
            await dedicated.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>A batch that runs as one transaction in one round trip. Behind a pooler its first command sets the transaction up; count commands from <paramref name="first"/>.</summary>
    public NpgsqlBatch CreateBatch(out int first)
    {
        var batch = CreateBareBatch();
        first = IsPooled ? 1 : 0;
        if (IsPooled) batch.BatchCommands.Add(TimeoutCommand(_sql.ConfigureTransaction));
        return batch;
    }

    /// <summary>A batch with nothing in front.</summary>
    public NpgsqlBatch CreateBareBatch() => new(Connection) { Timeout = _timeoutSeconds };

    /// <summary>A command with the time limits of statements and of locks as its parameters.</summary>
    public NpgsqlBatchCommand TimeoutCommand(string text) => new(text) { Parameters = { Parameter.Text(_statementTimeout), Parameter.Text(_lockTimeout) } };

    public TimeSpan CommandTimeout => TimeSpan.FromSeconds(_timeoutSeconds);

    /// <summary>Prepares what this connection has not prepared yet; a round trip only then.</summary>
    public Task PrepareAsync(NpgsqlBatch batch, CancellationToken cancellationToken) => IsPooled ? Task.CompletedTask : batch.PrepareAsync(cancellationToken);

    private async Task ConfigureAsync(CancellationToken cancellationToken)
    {
        var probe = new NpgsqlCommand(_sql.ProbeConnection, Connection);
        await using (probe.ConfigureAwait(false))
        {
            var reader = await probe.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                IsPooled = _assumePooler || reader.GetInt32(0) != Connection.ProcessID;
                IsReadOnly = reader.GetBoolean(1) || reader.GetString(2) == "on";
            }
        }
        if (IsPooled) return;

        var configure = CreateBareBatch();
        await using (configure.ConfigureAwait(false))
        {
            configure.BatchCommands.Add(TimeoutCommand(_sql.ConfigureSession));
            await configure.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static string Milliseconds(TimeSpan time) => ((long)time.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);

    /// <summary>Closes it. Does not throw: what Npgsql says of a connection that it cannot close in order would take the place of the failure before.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await Connection.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Without a pool it is closed all the same.
        }
    }

    /// <summary>As <see cref="DisposeAsync"/>.</summary>
    public void Dispose()
    {
        try
        {
            Connection.Dispose();
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // As above.
        }
    }
}
