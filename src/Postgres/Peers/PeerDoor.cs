using HybridSession.Postgres.Connecting;
using HybridSession.Postgres.Failures;
using Npgsql;

namespace HybridSession.Postgres.Peers;

/// <summary>Opens connections over which a node can hear the others, and tells those over which it cannot.</summary>
internal sealed class PeerDoor(PostgresBackingStore store, NpgsqlDataSource source, PostgresSessionOptions options, SqlScripts sql)
{
    // Beyond the time-out of the connection string: what is looked at once it is open.
    private static readonly TimeSpan LookTimeout = TimeSpan.FromSeconds(2);

    // For connection strings that know no limit.
    private static readonly TimeSpan LongestConnect = TimeSpan.FromMinutes(1);

    private readonly bool _hasOwnString = options.ListenConnectionString is not null;
    private readonly ConnectionTarget _target = ConnectionTarget.Of(source);
    private readonly TimeSpan _timeout = TimeoutOf(source) + LookTimeout;

    /// <summary>Opens a connection to a server that takes writes.</summary>
    /// <exception cref="BackingStoreException">There is none; the message says what to do.</exception>
    public async Task<DedicatedConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var opening = DedicatedConnection.OpenAsync(source, sql, options, CancellationToken.None).AsTask();
        DedicatedConnection connection;
        try
        {
            connection = await opening.WaitAsync(_timeout, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            if (!opening.IsFaulted) _ = CloseAsync(opening);
            cancellationToken.ThrowIfCancellationRequested();
            throw StartupFailure.Of(exception, _target, options.Schema).ToException(attempts: 1, TimeSpan.Zero);
        }

        if (StoreStart.RefusalOf(connection.Connection.PostgreSqlVersion, connection.IsReadOnly, _target.Server) is not { } refusal) return connection;
        await connection.DisposeAsync().ConfigureAwait(false);

        // A pool would offer the same server again.
        source.Clear();
        throw refusal;
    }

    /// <summary>Why nothing can be heard over a connection; null when it is a good one.</summary>
    /// <exception cref="BackingStoreException">The database of the sessions could not be asked.</exception>
    public async ValueTask<PeerRefusal?> RefusalOfAsync(DedicatedConnection connection, CancellationToken cancellationToken)
    {
        if (connection.IsPooled) return PeerRefusal.Pooled(_hasOwnString);
        if (!_hasOwnString) return null;

        var here = await DatabaseIdentity.ReadAsync(connection, sql, CancellationToken.None).AsTask().WaitAsync(LookTimeout, cancellationToken).ConfigureAwait(false);
        var sessions = await store.IdentifyAsync(cancellationToken).ConfigureAwait(false);
        return PeerRefusal.Elsewhere(sessions, here);
    }

    private static async Task CloseAsync(Task<DedicatedConnection> opening)
    {
        try
        {
            await (await opening.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Who wanted it was told already.
        }
    }

    private static TimeSpan TimeoutOf(NpgsqlDataSource source)
    {
        var seconds = new NpgsqlConnectionStringBuilder(source.ConnectionString).Timeout;
        return seconds == 0 ? LongestConnect : TimeSpan.FromSeconds(seconds);
    }
}
