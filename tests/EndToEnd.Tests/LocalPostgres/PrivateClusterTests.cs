using HybridSession.LocalPostgres;
using HybridSession.LocalPostgres.Cluster;
using Npgsql;
using Xunit;

namespace HybridSession.EndToEnd.Tests.LocalPostgres;

public class PrivateClusterTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_throw_away_server_starts_and_leaves_nothing_behind()
    {
        string folder;
        await using (var server = await ThrowAwayAsync())
        {
            Assert.Equal(1, await ScalarAsync(server.ConnectionString, "select 1"));
            folder = (string)(await ScalarAsync(server.ConnectionString, "show data_directory"))!;
            Assert.True(Directory.Exists(folder));
        }

        Assert.False(Directory.Exists(Path.GetDirectoryName(folder)));
    }

    [Fact]
    public async Task Durability_is_on_and_only_this_machine_with_the_password_gets_in()
    {
        await using var server = await ThrowAwayAsync();
        foreach (var setting in new[] { "fsync", "full_page_writes", "synchronous_commit" })
            Assert.Equal("on", await ScalarAsync(server.ConnectionString, $"show {setting}"));
        Assert.Equal("127.0.0.1", await ScalarAsync(server.ConnectionString, "show listen_addresses"));
        Assert.Equal("", await ScalarAsync(server.ConnectionString, "show unix_socket_directories"));

        var wrong = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Password = "wrong", Pooling = false }.ConnectionString;
        var error = await Assert.ThrowsAsync<PostgresException>(() => ScalarAsync(wrong, "select 1"));
        Assert.Equal(PostgresErrorCodes.InvalidPassword, error.SqlState);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stopped_server_starts_again_on_its_port_with_its_data(bool immediate)
    {
        await using var server = await ThrowAwayAsync();
        await ExecuteAsync(server.ConnectionString, "create table t as select 42 as n");
        var before = server.ConnectionString;

        await server.StopAsync(immediate, Cancelled);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => ScalarAsync(before, "select 1"));
        await server.StartAgainAsync(Cancelled);

        Assert.Equal(before, server.ConnectionString);
        Assert.Equal(42, await ScalarAsync(before, "select n from t"));
    }

    [Fact]
    public async Task A_paused_server_answers_nobody_until_it_resumes()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows cannot freeze a process.");
        await using var server = await ThrowAwayAsync();
        await using var open = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(server.ConnectionString) { Pooling = false, Timeout = 1, CancellationTimeout = -1 }.ConnectionString);
        await open.OpenAsync(Cancelled);

        await server.PauseAsync(Cancelled);
        await using var command = new NpgsqlCommand("select 1", open) { CommandTimeout = 1 };
        await Assert.ThrowsAsync<NpgsqlException>(() => command.ExecuteScalarAsync(Cancelled));
        await server.ResumeAsync(Cancelled);

        Assert.Equal(1, await ScalarAsync(server.ConnectionString, "select 1"));
    }

    [Fact]
    public async Task Databases_are_created_once_with_any_name()
    {
        await using var server = await ThrowAwayAsync();

        var first = await server.CreateDatabaseAsync("an \"odd\" name", Cancelled);
        var second = await server.CreateDatabaseAsync("an \"odd\" name", Cancelled);

        Assert.Equal(first, second);
        Assert.Equal("an \"odd\" name", await ScalarAsync(first, "select current_database()"));
    }

    [Fact]
    public async Task Kept_data_are_there_at_the_next_start()
    {
        await using var folder = new KeptFolder();
        await using (var first = await folder.StartAsync())
            await ExecuteAsync(first.ConnectionString, "create table t as select 42 as n");

        await using var second = await folder.StartAsync();
        Assert.Equal(42, await ScalarAsync(second.ConnectionString, "select n from t"));
    }

    [Fact]
    public async Task A_second_process_joins_the_running_server_and_the_last_one_stops_it()
    {
        await using var folder = new KeptFolder();
        var starter = await folder.StartAsync();
        var joiner = await folder.StartAsync();
        Assert.Equal(starter.ConnectionString, joiner.ConnectionString);
        Assert.False(joiner.CanControl);

        await starter.DisposeAsync();
        Assert.Equal(1, await ScalarAsync(joiner.ConnectionString, "select 1"));

        await joiner.DisposeAsync();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => ScalarAsync(joiner.ConnectionString, "select 1"));
    }

    [Fact]
    public async Task A_file_that_a_killed_server_left_does_not_keep_the_next_from_starting()
    {
        await using var folder = new KeptFolder();
        string data;
        await using (var first = await folder.StartAsync())
            data = (string)(await ScalarAsync(first.ConnectionString, "show data_directory"))!;

        // The number of a process that lives and is no server, as after a restart of the machine.
        await File.WriteAllTextAsync(Path.Combine(data, "postmaster.pid"), $"{Environment.ProcessId}\n{data}\n1700000000\n5432\n\n127.0.0.1\n", Cancelled);

        await using var second = await folder.StartAsync();
        Assert.Equal(1, await ScalarAsync(second.ConnectionString, "select 1"));
    }

    [Fact]
    public async Task A_server_that_does_not_start_tells_the_end_of_its_log()
    {
        var options = new LocalPostgresOptions { Only = PostgresWay.Binaries, Settings = ["shared_buffers = 'a lot'"] };

        var error = await Assert.ThrowsAsync<LocalPostgresException>(() => LocalPostgresServer.StartAsync(options, null, Cancelled));

        Assert.Contains("did not start", error.Message, StringComparison.Ordinal);
        Assert.Contains("shared_buffers", error.Message, StringComparison.Ordinal);
    }

    private static Task<LocalPostgresServer> ThrowAwayAsync()
    {
        PostgresNeeded.Binaries();
        return LocalPostgresServer.StartAsync(new LocalPostgresOptions { Only = PostgresWay.Binaries }, null, Cancelled);
    }

    private static async Task<object?> ScalarAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(Cancelled);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Cancelled);
    }

    private static Task<object?> ExecuteAsync(string connectionString, string sql) => ScalarAsync(connectionString, sql);

    private sealed class KeptFolder : IAsyncDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("hs-kept-").FullName;

        public Task<LocalPostgresServer> StartAsync()
        {
            PostgresNeeded.Binaries();
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
            return LocalPostgresServer.StartAsync(new LocalPostgresOptions { Only = PostgresWay.Binaries, Folder = _folder }, null, Cancelled);
        }

        public ValueTask DisposeAsync()
        {
            Directory.Delete(_folder, recursive: true);
            return ValueTask.CompletedTask;
        }
    }
}
