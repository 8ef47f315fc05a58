using HybridSession.LocalPostgres;

namespace HybridSession.Resilience.Faults.Server;

/// <summary>
/// No space is left for PostgreSQL's own log: it ends in a panic, cannot recover, and stays down until somebody makes room and starts it again. The disk is a limit on
/// the size of files, just above the place in the log where the server writes.
/// </summary>
internal sealed class LogDiskFull(LocalPostgresServer server, string connectionString) : IFault
{
    private const long RoomBytes = 64 * 1024;

    private bool _isDown;

    public async Task StartAsync()
    {
        // A new segment, so that there is a place below its end.
        await Sql.ExecuteAsync(connectionString, "select pg_switch_wal()");
        var place = await Sql.ScalarAsync<int>(connectionString, "select file_offset from pg_walfile_name_offset(pg_current_wal_insert_lsn())");
        await server.LimitFilesAsync(place + RoomBytes);
        _isDown = true;

        // The load would do it too, later.
        await Until.TrueAsync(async () =>
        {
            try
            {
                await Sql.ExecuteAsync(connectionString, "create table if not exists filler (c text); insert into filler select repeat('x', 1000) from generate_series(1, 100)");
                return false;
            }
            catch (Npgsql.NpgsqlException)
            {
                return !await Sql.WritesAsync(connectionString);
            }
        }, "The server's panic", TimeSpan.FromSeconds(30));
    }

    public async Task HealAsync()
    {
        await server.KillAsync();
        await server.StartAgainAsync();
        _isDown = false;
    }

    public async ValueTask DisposeAsync()
    {
        if (_isDown) await HealAsync();
    }
}
