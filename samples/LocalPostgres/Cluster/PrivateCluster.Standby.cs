using System.Globalization;

namespace HybridSession.LocalPostgres.Cluster;

// Replication: a copy of this server that follows it.
internal sealed partial class PrivateCluster
{
    private const string PassFile = "pgpass";

    public override bool CanReplicate => CanControl && File.Exists(_binaries.PathOf("pg_basebackup"));

    public override async Task<PostgresInstance> StartStandbyAsync(string name, CancellationToken cancellationToken)
    {
        if (!CanReplicate) await base.StartStandbyAsync(name, cancellationToken);
        var home = await ClusterHome.OpenAsync(new LocalPostgresOptions(), 0, _user, cancellationToken);
        var standby = new PrivateCluster(Way, _binaries, _version, _user, home, _password);
        try
        {
            standby._watchdog = Watchdog.Start(home, _binaries, _user);
            using var alone = await home.LockAsync(cancellationToken);
            var primary = await standby.ConnectionInfoAsync(name, _port, cancellationToken);
            var result = await _user.RunAsync(
                [_binaries.PathOf("pg_basebackup"), "-D", home.Data, "-d", primary, "-X", "stream", "-c", "fast", "-R", "--no-sync"], home.Folder, cancellationToken);
            if (!result.Succeeded) throw new LocalPostgresException($"Copying the PostgreSQL server in '{_home.Folder}' failed: {result.Output}");
            await standby.StartServerAsync(keepPort: false, cancellationToken);
            home.Use();
            return standby;
        }
        catch
        {
            await standby.DisposeAsync();
            throw;
        }
    }

    public override async Task StartAgainAsStandbyAsync(string name, PostgresInstance primary, CancellationToken cancellationToken)
    {
        if (!CanReplicate || primary is not PrivateCluster { _port: var port }) await base.StartAgainAsStandbyAsync(name, primary, cancellationToken);
        else
        {
            var info = await ConnectionInfoAsync(name, port, cancellationToken);
            await File.AppendAllTextAsync(Path.Combine(_home.Data, "postgresql.auto.conf"), $"primary_conninfo = '{info.Replace("'", "''", StringComparison.Ordinal)}'{Environment.NewLine}", cancellationToken);
            var signal = Path.Combine(_home.Data, "standby.signal");
            await File.WriteAllTextAsync(signal, "", cancellationToken);
            await _user.OwnAsync(signal, cancellationToken);
            await StartServerAsync(keepPort: true, cancellationToken);
        }
    }

    // The password in a file: a command line is open to every user of the machine.
    private async Task<string> ConnectionInfoAsync(string name, int primaryPort, CancellationToken cancellationToken)
    {
        var file = Path.Combine(_home.Folder, PassFile);
        await ClusterHome.WriteSecretAsync(file, $"127.0.0.1:*:*:{Administrator}:{_password}", _user, cancellationToken);
        return string.Create(CultureInfo.InvariantCulture, $"host=127.0.0.1 port={primaryPort} user={Administrator} passfile='{file}' application_name={name}");
    }
}
