using HybridSession.LocalPostgres;
using Npgsql;
using Xunit;

namespace HybridSession.EndToEnd.Tests.LocalPostgres;

public class ServerFaultTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_killed_server_starts_again_on_its_port_with_what_it_had_committed()
    {
        await using var server = await StartAsync();
        await ScalarAsync(server, "create table t as select 42 as n");
        var before = server.ConnectionString;

        await server.KillAsync(Cancelled);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => ScalarAsync(server, "select 1"));
        await server.StartAgainAsync(Cancelled);

        Assert.Equal(before, server.ConnectionString);
        Assert.Equal(42, await ScalarAsync(server, "select n from t"));
    }

    [Fact]
    public async Task A_paused_server_can_be_killed()
    {
        await using var server = await StartAsync();
        await server.PauseAsync(Cancelled);

        await server.KillAsync(Cancelled);
        await server.StartAgainAsync(Cancelled);

        Assert.Equal(1, await ScalarAsync(server, "select 1"));
    }

    [Fact]
    public async Task One_killed_backend_ends_all_connections_and_the_server_recovers_by_itself()
    {
        await using var server = await StartAsync();
        await using var bystander = new NpgsqlConnection(Alone(server));
        await bystander.OpenAsync(Cancelled);
        await using var victim = new NpgsqlConnection(Alone(server));
        await victim.OpenAsync(Cancelled);

        await server.KillBackendAsync(victim.ProcessID, Cancelled);

        await Until.TrueAsync(async () =>
        {
            try
            {
                await using var command = new NpgsqlCommand("select 1", bystander);
                await command.ExecuteScalarAsync(Cancelled);
                return false;
            }
            catch (Exception e) when (e is NpgsqlException or InvalidOperationException)
            {
                return true;
            }
        }, "the bystander's end");
        await Until.TrueAsync(() => AnswersAsync(server), "the recovery");
    }

    [Fact]
    public async Task A_process_that_is_not_the_servers_is_not_killed()
    {
        await using var server = await StartAsync();

        await Assert.ThrowsAsync<LocalPostgresException>(() => server.KillBackendAsync(Environment.ProcessId, Cancelled));
    }

    [Fact]
    public async Task A_setting_changes_while_the_server_runs_and_back()
    {
        await using var server = await StartAsync();
        var before = await ScalarAsync(server, "show work_mem");

        await server.ConfigureAsync("work_mem", "77kB", Cancelled);
        Assert.Equal("77kB", await ScalarAsync(server, "show work_mem"));
        await server.ConfigureAsync("work_mem", null, Cancelled);

        Assert.Equal(before, await ScalarAsync(server, "show work_mem"));
    }

    [Fact]
    public async Task A_file_that_may_not_grow_is_a_full_disk_until_it_may_again()
    {
        await using var server = await StartAsync();
        Assert.SkipUnless(server.CanLimitFiles, "Limiting the files of the server needs Linux.");

        // Beyond a segment of the log, which shall go on being written.
        await ScalarAsync(server, "create table t (c text); insert into t select repeat('x', 1000) from generate_series(1, 20000); checkpoint");
        var full = (long)(await ScalarAsync(server, "select pg_relation_size('t') + 4096"))!;

        await server.LimitFilesAsync(full, Cancelled);
        var error = await Assert.ThrowsAsync<PostgresException>(() => ScalarAsync(server, "insert into t select repeat('x', 1000) from generate_series(1, 20)"));
        await server.LimitFilesAsync(null, Cancelled);

        Assert.Equal(PostgresErrorCodes.DiskFull, error.SqlState);
        await ScalarAsync(server, "insert into t select repeat('x', 1000) from generate_series(1, 20)");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_standby_follows_until_it_is_promoted_and_the_old_primary_can_follow_it(bool synchronous)
    {
        await using var primary = await StartAsync();
        Assert.SkipUnless(primary.CanReplicate, "These binaries of PostgreSQL have no pg_basebackup.");
        await ScalarAsync(primary, "create table t as select 1 as n");

        await using var standby = await primary.StartStandbyAsync(synchronous, Cancelled);
        await ScalarAsync(primary, "update t set n = 2");
        await Until.TrueAsync(async () => await ScalarAsync(standby, "select n from t") is 2, "the copy of a change");
        var refused = await Assert.ThrowsAsync<PostgresException>(() => ScalarAsync(standby, "update t set n = 3"));
        Assert.Equal(PostgresErrorCodes.ReadOnlySqlTransaction, refused.SqlState);

        await primary.StopAsync(cancellationToken: Cancelled);
        await standby.PromoteAsync(Cancelled);
        await ScalarAsync(standby, "update t set n = 4");
        await primary.StartAgainAsStandbyAsync(standby, Cancelled);

        await Until.TrueAsync(async () => await ScalarAsync(primary, "select n from t") is 4, "the old primary's following");
        await Assert.ThrowsAsync<PostgresException>(() => ScalarAsync(primary, "update t set n = 5"));
    }

    private static async Task<LocalPostgresServer> StartAsync()
    {
        PostgresNeeded.Binaries();
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Killing and limiting the processes of a server needs Linux.");
        return await LocalPostgresServer.StartAsync(new LocalPostgresOptions { Only = PostgresWay.Binaries, Control = true }, null, Cancelled);
    }

    private static string Alone(LocalPostgresServer server) => new NpgsqlConnectionStringBuilder(server.ConnectionString) { Pooling = false, Timeout = 5 }.ConnectionString;

    private static async Task<bool> AnswersAsync(LocalPostgresServer server)
    {
        try
        {
            return await ScalarAsync(server, "select 1") is 1;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private static async Task<object?> ScalarAsync(LocalPostgresServer server, string sql)
    {
        await using var connection = new NpgsqlConnection(Alone(server));
        await connection.OpenAsync(Cancelled);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Cancelled);
    }
}
