using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;

namespace HybridSession.LocalPostgres.Cluster;

/// <summary>A server of our own from PostgreSQL's binaries. It listens on 127.0.0.1 only, no Unix socket, and wants a password.</summary>
internal sealed partial class PrivateCluster : PostgresInstance
{
    private const int StartAttempts = 5;
    private const string Administrator = "postgres";

    private readonly PostgresBinaries _binaries;
    private readonly ServerUser _user;
    private readonly ClusterHome _home;
    private readonly string _version;
    private readonly string _password;
    private Watchdog? _watchdog;
    private int _port;
    private bool _joined;
    private bool _paused;
    private bool _disposed;

    private PrivateCluster(PostgresWay way, PostgresBinaries binaries, string version, ServerUser user, ClusterHome home, string password) =>
        (Way, _binaries, _version, _user, _home, _password) = (way, binaries, version, user, home, password);

    public override PostgresWay Way { get; }

    public override string Description =>
        $"PostgreSQL {_version}, a private server on port {_port} with its data in {_home.Folder} (binaries {_binaries.Origin}{(_joined ? "; it was running already" : "")})";

    public override string ConnectionString => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = _port,
        Username = Administrator,
        Password = _password,
        Database = "postgres",
    }.ConnectionString;

    // A server that others use too is not stopped under their feet.
    public override bool CanControl => !_joined;

    public string? PasswordFile => _home.Kept ? _home.PasswordFile : null;

    public static async Task<PrivateCluster> StartAsync(PostgresBinaries binaries, PostgresWay way, LocalPostgresOptions options, Action<string> log, CancellationToken cancellationToken)
    {
        var user = await ServerUser.DetectAsync(cancellationToken);
        var version = await VersionAsync(binaries, user, cancellationToken);
        var home = await ClusterHome.OpenAsync(options, int.Parse(version.Split('.')[0], CultureInfo.InvariantCulture), user, cancellationToken);
        var cluster = new PrivateCluster(way, binaries, version, user, home, await home.PasswordAsync(user, cancellationToken));
        try
        {
            if (!home.Kept) cluster._watchdog = Watchdog.Start(home, binaries, user);
            using var alone = await home.LockAsync(cancellationToken);
            if (!await cluster.TryJoinAsync(cancellationToken))
            {
                await cluster.InitializeAsync(options, log, cancellationToken);
                await cluster.StartServerAsync(keepPort: false, cancellationToken);
            }

            home.Use();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public override async Task StopAsync(bool immediate, CancellationToken cancellationToken)
    {
        if (_joined) await base.StopAsync(immediate, cancellationToken);
        await ResumeAsync(cancellationToken);
        await StopServerAsync(immediate ? "immediate" : "fast", cancellationToken);
    }

    public override Task StartAgainAsync(CancellationToken cancellationToken) => StartServerAsync(keepPort: true, cancellationToken);

    public override async Task PauseAsync(CancellationToken cancellationToken)
    {
        if (_joined) await base.PauseAsync(cancellationToken);
        _paused = true;
        if (PostmasterFile.Read(_home.Data) is { } server) await ProcessSignals.FreezeAsync(server.ProcessId, cancellationToken);
    }

    public override async Task ResumeAsync(CancellationToken cancellationToken)
    {
        if (!_paused) return;
        if (PostmasterFile.Read(_home.Data) is { } server) await ProcessSignals.ThawAsync(server.ProcessId, cancellationToken);
        _paused = false;
    }

    public override async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        _disposed = true;
        await ResumeAsync(default);
        using (await _home.LockAsync(default))
            if (_home.LeaveAsLast() && PostmasterFile.Read(_home.Data) is { } server && server.IsAlive()) await StopServerAsync("fast", default);
        if (_watchdog is not null) await _watchdog.DisposeAsync();
    }

    // A server runs from our folder already: another process of ours started it, or one that was killed left it running.
    private async Task<bool> TryJoinAsync(CancellationToken cancellationToken)
    {
        if (PostmasterFile.Read(_home.Data) is not { } server) return false;
        if (!server.IsAlive())
        {
            PostmasterFile.Forget(_home.Data);
            return false;
        }

        // Its starter may have been killed while it was still starting or recovering.
        _port = Math.Max(1, server.Port);
        await using var status = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(ConnectionString) { Timeout = 10, Pooling = false });
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var command = status.CreateCommand("select current_setting('data_directory')");
                if ((string?)await command.ExecuteScalarAsync(cancellationToken) is { } data && Path.GetFullPath(data) != Path.GetFullPath(_home.Data)) return false;
                return _joined = true;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.CannotConnectNow && attempt < 60)
            {
                await Task.Delay(TimeSpan.FromSeconds(0.5), cancellationToken);
            }
            catch (NpgsqlException e)
            {
                throw new LocalPostgresException($"A PostgreSQL server (process {server.ProcessId}) runs from '{_home.Folder}', and it does not let us in: {e.Message} End that process, or remove the folder to start with no data.", e);
            }
        }
    }

    private async Task InitializeAsync(LocalPostgresOptions options, Action<string> log, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(_home.Data))
        {
            // Renamed when complete, so that an interrupted initdb is never taken for a cluster.
            var fresh = _home.Data + ".new";
            if (Directory.Exists(fresh)) Directory.Delete(fresh, recursive: true);
            if (_home.Kept) log($"Creating a private PostgreSQL {_version} cluster in {_home.Folder} (once).");
            var result = await _user.RunAsync(
                [_binaries.PathOf("initdb"), "-D", fresh, "-U", Administrator, "-A", "scram-sha-256", $"--pwfile={_home.PasswordFile}", "--encoding=UTF8", "--no-locale", .. NoSync], _home.Folder, cancellationToken);
            if (!result.Succeeded) throw new LocalPostgresException($"Creating a PostgreSQL cluster in '{fresh}' failed: {result.Output} Set {LocalPostgresOptions.BinariesVariable} to other binaries, or {LocalPostgresOptions.Variable} to a running server.");
            await File.AppendAllTextAsync(Path.Combine(fresh, "postgresql.conf"), $"{Environment.NewLine}include '{SettingsFile}'{Environment.NewLine}", cancellationToken);
            Directory.Move(fresh, _home.Data);
        }

        var settings = Path.Combine(_home.Data, SettingsFile);
        await File.WriteAllLinesAsync(settings, ["# Written at each start.", "listen_addresses = '127.0.0.1'", "unix_socket_directories = ''", .. options.Settings], cancellationToken);
        await _user.OwnAsync(settings, cancellationToken);
    }

    private async Task StartServerAsync(bool keepPort, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (!keepPort) _port = FreePort.Next();
            var logFrom = File.Exists(_home.Log) ? new FileInfo(_home.Log).Length : 0;

            // Without -l the server would keep our pipe open, and the command would never end for us.
            var result = await _user.RunAsync(
                [_binaries.PathOf("pg_ctl"), "-D", _home.Data, "-l", _home.Log, "-o", $"-p {_port}", "-t", "90", "-w", "start"], _home.Folder, cancellationToken);
            if (result.Succeeded) return;

            var tail = _home.LogTail(logFrom);
            var portTaken = tail.Contains("could not bind", StringComparison.Ordinal) || tail.Contains("Address already in use", StringComparison.Ordinal);
            if (portTaken && attempt < StartAttempts)
            {
                // The same port is wanted: whoever has it may be a connection that is on its way out.
                if (keepPort) await Task.Delay(TimeSpan.FromSeconds(0.5), cancellationToken);
                continue;
            }

            throw new LocalPostgresException($"""
                The PostgreSQL server in '{_home.Folder}' did not start on port {_port} (attempt {attempt}): {result.Output}
                The end of its log:
                {tail}
                Remove the folder to start with no data, or set {LocalPostgresOptions.Variable} to another server.
                """);
        }
    }

    private async Task StopServerAsync(string mode, CancellationToken cancellationToken)
    {
        var result = await _user.RunAsync([_binaries.PathOf("pg_ctl"), "-D", _home.Data, "-m", mode, "-t", "60", "-w", "stop"], _home.Folder, cancellationToken);
        if (!result.Succeeded && PostmasterFile.Read(_home.Data) is not null)
            throw new LocalPostgresException($"The PostgreSQL server in '{_home.Folder}' did not stop ({mode}): {result.Output}{Environment.NewLine}The end of its log:{Environment.NewLine}{_home.LogTail()}");
    }

    private static async Task<string> VersionAsync(PostgresBinaries binaries, ServerUser user, CancellationToken cancellationToken)
    {
        var result = await user.RunAsync([binaries.PathOf("postgres"), "--version"], "/", cancellationToken);
        return VersionPattern().Match(result.Output) is { Success: true } match && result.Succeeded
            ? match.Value
            : throw new LocalPostgresException($"The PostgreSQL binaries {binaries.Origin} cannot be run{(user.Name is { } name ? $" by the user '{name}', under which the server runs for root" : "")}: {result.Output} Put them where every user may go, or set {LocalPostgresOptions.BinariesVariable}.");
    }

    // What is thrown away at the end need not survive a crash of the machine on its way to the start.
    private string[] NoSync => _home.Kept ? [] : ["--no-sync"];

    private const string SettingsFile = "hybridsession.conf";

    [GeneratedRegex(@"\d+(\.\d+)*")]
    private static partial Regex VersionPattern();
}
