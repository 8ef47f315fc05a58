using System.Globalization;

namespace HybridSession.LocalPostgres.Cluster;

// What breaks a server on purpose.
internal sealed partial class PrivateCluster
{
    // Without /proc the orphans of a killed server cannot be found, and the next start would fail on them.
    public override bool CanKill => CanControl && OperatingSystem.IsLinux();

    public override bool CanLimitFiles => CanControl && OperatingSystem.IsLinux();

    public override async Task KillAsync(CancellationToken cancellationToken)
    {
        if (!CanKill) await base.KillAsync(cancellationToken);
        await ResumeAsync(cancellationToken);
        if (PostmasterFile.Read(_home.Data) is not { } server) return;
        await ProcessSignals.KillServerAsync(server.ProcessId, cancellationToken);

        // Until it is reaped its number counts as that of a running server.
        PostmasterFile.Forget(_home.Data);
    }

    public override async Task KillBackendAsync(int processId, CancellationToken cancellationToken)
    {
        if (!CanKill) await base.KillBackendAsync(processId, cancellationToken);
        ProcessSignals.KillChild(Running().ProcessId, processId);
    }

    public override async Task LimitFilesAsync(long? bytes, CancellationToken cancellationToken)
    {
        if (!CanLimitFiles) await base.LimitFilesAsync(bytes, cancellationToken);
        var limit = bytes?.ToString(CultureInfo.InvariantCulture) ?? "unlimited";

        // The soft limit only, which the same user may raise again. Processes that are forked later inherit the postmaster's.
        foreach (var process in ProcessSignals.FamilyOf(Running().ProcessId))
        {
            var id = process.ToString(CultureInfo.InvariantCulture);
            var result = await _user.RunAsync(["prlimit", "--pid", id, $"--fsize={limit}:"], "/", cancellationToken);
            if (!result.Succeeded && Directory.Exists($"/proc/{id}")) throw new LocalPostgresException($"Limiting the files of process {id} failed: {result.Output}");
        }
    }

    private PostmasterFile Running() =>
        PostmasterFile.Read(_home.Data) is { } server && server.IsAlive() ? server : throw new LocalPostgresException($"The PostgreSQL server in '{_home.Folder}' does not run.");
}
