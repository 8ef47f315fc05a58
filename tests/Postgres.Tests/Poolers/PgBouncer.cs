using System.Diagnostics;
using System.Globalization;
using HybridSession.LocalPostgres;
using HybridSession.LocalPostgres.Cluster;
using Npgsql;

namespace HybridSession.Postgres.Tests.Poolers;

/// <summary>A real PgBouncer in transaction mode before the tests' server: one for the whole run, made when a test first asks for it. Ends with this process, however that ends.</summary>
internal sealed class PgBouncer
{
    private const int StartAttempts = 3;

    // The shell waits for the end of its input, which comes with the end of this process.
    private const string Script = """
        trap '' INT TERM HUP
        "$1" "$2/pgbouncer.ini" </dev/null >"$2/output" 2>&1 &
        bouncer=$!
        read -r _
        kill "$bouncer"
        wait "$bouncer"
        cd / && rm -rf "$2"
        """;

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(10);
    private static readonly Lazy<Task<PgBouncer>> Shared = new(StartAsync);

    private readonly Process _shell;
    private readonly string _folder;
    private readonly int _port;

    private PgBouncer(Process shell, string folder, int port) => (_shell, _folder, _port) = (shell, folder, port);

    /// <summary>Skips the test where the program is missing, and fails it where CI is set.</summary>
    public static async Task<PgBouncer> GetAsync()
    {
        try
        {
            return await Shared.Value;
        }
        catch (LocalPostgresException exception) when (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")))
        {
            Assert.Skip(exception.Message);
            throw;
        }
    }

    /// <summary>At the end of the run.</summary>
    public static async ValueTask StopAsync()
    {
        if (Shared.IsValueCreated && Shared.Value.IsCompletedSuccessfully) await (await Shared.Value).EndAsync();
    }

    /// <summary>The same connection string by way of the pooler.</summary>
    public string Through(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString) { Host = "127.0.0.1", Port = _port }.ConnectionString;

    private static async Task<PgBouncer> StartAsync()
    {
        var server = new NpgsqlConnectionStringBuilder(await PostgresFixture.GetConnectionStringAsync());
        var program = Find();
        var user = await ServerUser.DetectAsync(default);
        for (var attempt = 1; ; attempt++)
        {
            var port = FreePort.Next();
            var folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"hybridsession-pgbouncer-{Path.GetRandomFileName()[..8]}")).FullName;
            await user.OwnAsync(folder, default);

            // It holds the password of the server.
            await ClusterHome.WriteSecretAsync(Path.Combine(folder, "pgbouncer.ini"), Configuration(server, port), user, default);
            var shell = Process.Start(CommandLine.StartInfo(user.Command("/bin/sh", "-c", Script, "sh", program, folder), folder)) ?? throw new LocalPostgresException("PgBouncer's shell cannot be started.");
            var bouncer = new PgBouncer(shell, folder, port);
            if (await bouncer.AnswersAsync(server.ConnectionString)) return bouncer;

            var output = await File.ReadAllTextAsync(Path.Combine(folder, "output"));
            await bouncer.EndAsync();
            if (attempt == StartAttempts) throw new InvalidOperationException($"PgBouncer did not start:{Environment.NewLine}{output}");
        }
    }

    // It is where root's programs are, which are not on the path of everybody.
    private static string Find() =>
        $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/usr/local/sbin:/opt/homebrew/bin".Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(static folder => Path.Combine(folder, "pgbouncer")).FirstOrDefault(File.Exists)
        ?? throw new LocalPostgresException("PgBouncer was not found. Install it (on Debian: apt-get install pgbouncer).");

    private static string Configuration(NpgsqlConnectionStringBuilder server, int port) => string.Create(CultureInfo.InvariantCulture, $"""
        [databases]
        * = host={Quote(server.Host)} port={server.Port} user={Quote(server.Username)} password={Quote(server.Password)}
        [pgbouncer]
        listen_addr = 127.0.0.1
        listen_port = {port}
        unix_socket_dir =
        auth_type = any
        pool_mode = transaction
        default_pool_size = 20
        """);

    private static string Quote(string? value) => $"'{value?.Replace("'", "''", StringComparison.Ordinal)}'";

    private async Task<bool> AnswersAsync(string connectionString)
    {
        var through = new NpgsqlConnectionStringBuilder(Through(connectionString)) { Pooling = false, Timeout = 2 }.ConnectionString;
        var started = Stopwatch.StartNew();
        while (started.Elapsed < StartLimit && !_shell.HasExited)
        {
            try
            {
                await using var connection = new NpgsqlConnection(through);
                await connection.OpenAsync();
                return true;
            }
            catch (NpgsqlException)
            {
                await Task.Delay(50);
            }
        }

        return false;
    }

    private async Task EndAsync()
    {
        _shell.StandardInput.Close();
        using var limit = new CancellationTokenSource(StopLimit);
        await _shell.WaitForExitAsync(limit.Token);
        _shell.Dispose();
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }
}
