using Npgsql;

namespace HybridSession.LocalPostgres;

// What a test does to a server beyond stopping and pausing it. A private server on Linux can do all of it; the properties say what this one can.
public sealed partial class LocalPostgresServer
{
    private const string StandbyName = "hybridsession_standby";
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Whether <see cref="KillAsync"/> and <see cref="KillBackendAsync"/> work. False for a container, whose first process nothing within can kill.</summary>
    public bool CanKill => _instance.CanKill;

    /// <summary>Whether <see cref="LimitFilesAsync"/> works.</summary>
    public bool CanLimitFiles => _instance.CanLimitFiles;

    /// <summary>Whether <see cref="StartStandbyAsync"/> and <see cref="StartAgainAsStandbyAsync"/> work.</summary>
    public bool CanReplicate => _instance.CanReplicate;

    /// <summary>Kills the server's first process by <c>kill -9</c>: it can neither tell its clients nor write anything. <see cref="StartAgainAsync"/> then recovers.</summary>
    public Task KillAsync(CancellationToken cancellationToken = default) => _instance.KillAsync(cancellationToken);

    /// <summary>Kills the process behind one connection by <c>kill -9</c>; the server then ends all others and recovers by itself.</summary>
    /// <param name="processId">What <c>pg_backend_pid()</c> says.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task KillBackendAsync(int processId, CancellationToken cancellationToken = default) => _instance.KillBackendAsync(processId, cancellationToken);

    /// <summary>Lets no file of the server grow beyond a size, as if the disk were full; a write that is cut short by the limit is SQLSTATE 53100.</summary>
    /// <param name="bytes">The size; null takes the limit away. A server that was started again has none.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task LimitFilesAsync(long? bytes, CancellationToken cancellationToken = default) => _instance.LimitFilesAsync(bytes, cancellationToken);

    /// <summary>Changes a setting for the whole server, while it runs.</summary>
    /// <param name="name">The setting; one that needs no restart.</param>
    /// <param name="value">Its value; null is the one it started with.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task ConfigureAsync(string name, string? value, CancellationToken cancellationToken = default)
    {
        await using var connection = await ConnectAsync(cancellationToken);
        var before = await ScalarAsync<DateTime>(connection, "select pg_conf_load_time()", cancellationToken);
        var change = value is null ? $"alter system reset {name}" : $"alter system set {name} = '{value.Replace("'", "''", StringComparison.Ordinal)}'";
        await ScalarAsync<object>(connection, change, cancellationToken);
        await ScalarAsync<bool>(connection, "select pg_reload_conf()", cancellationToken);
        await UntilAsync(async () => await ScalarAsync<DateTime>(connection, "select pg_conf_load_time()", cancellationToken) != before, $"the server to take {name}", cancellationToken);
    }

    /// <summary>Makes a copy of this server that follows it, on a port and in a folder of its own.</summary>
    /// <param name="synchronous">Whether this server's commits wait until the copy has them on disk.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The standby, to be disposed of by the caller; it follows already.</returns>
    public async Task<LocalPostgresServer> StartStandbyAsync(bool synchronous = false, CancellationToken cancellationToken = default)
    {
        var standby = new LocalPostgresServer(await _instance.StartStandbyAsync(StandbyName, cancellationToken), _database);
        try
        {
            if (synchronous) await ConfigureAsync("synchronous_standby_names", StandbyName, cancellationToken);
            await using var connection = await ConnectAsync(cancellationToken);
            var state = synchronous ? "sync_state = 'sync'" : "state = 'streaming'";
            await UntilAsync(async () => await ScalarAsync<long>(connection, $"select count(*) from pg_stat_replication where application_name = '{StandbyName}' and {state}", cancellationToken) == 1, "the standby to follow", cancellationToken);
            return standby;
        }
        catch
        {
            await standby.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends a standby's following: it takes writes when this returns.</summary>
    public async Task PromoteAsync(CancellationToken cancellationToken = default)
    {
        await using var connection = await ConnectAsync(cancellationToken);
        if (!await ScalarAsync<bool>(connection, "select pg_promote(true, 60)", cancellationToken)) throw new LocalPostgresException($"The server ({Description}) was not promoted within 60 s.");
    }

    /// <summary>Starts the stopped server again, on the same port with the same data, as a standby of another one. It takes no writes.</summary>
    public Task StartAgainAsStandbyAsync(LocalPostgresServer primary, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(primary);
        return _instance.StartAgainAsStandbyAsync(StandbyName, primary._instance, cancellationToken);
    }

    private async Task<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        // No pool: it would hold connections from before a stop and a start.
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_instance.ConnectionString) { Pooling = false }.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static async Task<T> ScalarAsync<T>(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task UntilAsync(Func<Task<bool>> condition, string what, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > Limit) throw new LocalPostgresException($"Waiting for {what} took longer than {Limit.TotalSeconds} s.");
            await Task.Delay(Poll, cancellationToken);
        }
    }
}
