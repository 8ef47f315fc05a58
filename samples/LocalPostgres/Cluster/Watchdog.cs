using System.Diagnostics;

namespace HybridSession.LocalPostgres.Cluster;

/// <summary>
/// A shell that waits for the end of its input, which comes when this process ends, however it ends; then it stops the throw-away server and removes its folder.
/// So a test run that is killed leaves nothing behind. Not on Windows.
/// </summary>
internal sealed class Watchdog : IAsyncDisposable
{
    // Ctrl+C reaches every process of the terminal, so the shell ignores it. A frozen server would not heed the stop.
    private const string Script = """
        exec >/dev/null 2>&1
        trap '' INT TERM HUP
        read -r _
        if [ -f "$1/data/postmaster.pid" ]; then kill -CONT "$(head -n 1 "$1/data/postmaster.pid")"; fi
        "$2" -D "$1/data" -m immediate -t 20 -w stop
        cd / && rm -rf "$1"
        """;

    private readonly Process? _shell;
    private readonly string _folder;

    private Watchdog(Process? shell, string folder) => (_shell, _folder) = (shell, folder);

    public static Watchdog Start(ClusterHome home, PostgresBinaries binaries, ServerUser user)
    {
        if (OperatingSystem.IsWindows()) return new Watchdog(null, home.Folder);
        var info = CommandLine.StartInfo(user.Command("/bin/sh", "-c", Script, "sh", home.Folder, binaries.PathOf("pg_ctl")), home.Folder);
        var shell = Process.Start(info) ?? throw new LocalPostgresException("The shell that removes a throw-away PostgreSQL server at the end cannot be started.");

        // Nobody reads these; an open one would keep a caller that waits for the end of our own output waiting.
        shell.StandardOutput.Close();
        shell.StandardError.Close();
        return new Watchdog(shell, home.Folder);
    }

    public async ValueTask DisposeAsync()
    {
        if (_shell is not null)
        {
            _shell.StandardInput.Close();
            await _shell.WaitForExitAsync();
            _shell.Dispose();
        }

        // The shell ran as the server's user, which may not remove the folder from its parent.
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }
}
