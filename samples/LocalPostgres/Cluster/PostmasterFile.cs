using System.Diagnostics;
using System.Globalization;

namespace HybridSession.LocalPostgres.Cluster;

/// <summary><c>postmaster.pid</c>: what a running server says about itself, or what one that was killed left behind.</summary>
/// <param name="ProcessId">The server's process.</param>
/// <param name="Port">Its TCP port; 0 while it is not known yet.</param>
internal sealed record PostmasterFile(int ProcessId, int Port)
{
    private const int PortLine = 3;

    /// <summary>Reads the file of a data folder; null when there is none, or no number in it.</summary>
    public static PostmasterFile? Read(string dataFolder)
    {
        try
        {
            return Parse(File.ReadAllLines(PathIn(dataFolder)));
        }
        catch (IOException)
        {
            return null;
        }
    }

    public static PostmasterFile? Parse(IReadOnlyList<string> lines) =>
        lines.Count > 0 && int.TryParse(lines[0], CultureInfo.InvariantCulture, out var pid)
            ? new PostmasterFile(Math.Abs(pid), lines.Count > PortLine && int.TryParse(lines[PortLine], CultureInfo.InvariantCulture, out var port) ? port : 0)
            : null;

    /// <summary>Whether the process lives and is a PostgreSQL server; after kill -9 and a restart of the machine the number may be anybody's.</summary>
    public bool IsAlive()
    {
        try
        {
            using var process = Process.GetProcessById(ProcessId);
            return !process.HasExited && process.ProcessName.StartsWith("postgres", StringComparison.OrdinalIgnoreCase);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Removes a file that a killed server left; it can keep the next server from starting.</summary>
    public static void Forget(string dataFolder) => File.Delete(PathIn(dataFolder));

    private static string PathIn(string dataFolder) => Path.Combine(dataFolder, "postmaster.pid");
}
