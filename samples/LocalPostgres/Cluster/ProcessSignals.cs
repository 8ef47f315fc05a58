using System.Globalization;

namespace HybridSession.LocalPostgres.Cluster;

/// <summary>Freezes and thaws a server: the postmaster and the processes it has forked.</summary>
internal static class ProcessSignals
{
    /// <summary>The postmaster first, so that it forks no more while its children are frozen.</summary>
    public static Task FreezeAsync(int postmaster, CancellationToken cancellationToken) => SendAsync("STOP", postmaster, cancellationToken);

    public static Task ThawAsync(int postmaster, CancellationToken cancellationToken) => SendAsync("CONT", postmaster, cancellationToken);

    private static async Task SendAsync(string signal, int postmaster, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows()) throw new PlatformNotSupportedException("Windows cannot freeze a process. Run this on Linux or macOS.");
        await KillAsync(signal, [postmaster], cancellationToken);
        await KillAsync(signal, ChildrenOf(postmaster), cancellationToken);
    }

    private static async Task KillAsync(string signal, List<int> processes, CancellationToken cancellationToken)
    {
        if (processes.Count == 0) return;
        var ids = string.Join(' ', processes.Select(p => p.ToString(CultureInfo.InvariantCulture)));

        // A child may end between the look and the signal; the shell then complains and goes on with the others.
        var result = await CommandLine.RunAsync(["/bin/sh", "-c", $"kill -{signal} {ids}"], "/", cancellationToken);
        if (!result.Succeeded && processes.Count == 1) throw new LocalPostgresException($"Sending {signal} to process {ids} failed: {result.Output}");
    }

    // Only Linux shows parents in the file system; elsewhere the postmaster alone is frozen, and open connections go on.
    private static List<int> ChildrenOf(int parent)
    {
        List<int> children = [];
        if (!OperatingSystem.IsLinux()) return children;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var pid)) continue;
            try
            {
                // "pid (name) state parent ...": the name may hold blanks and brackets.
                var stat = File.ReadAllText(Path.Combine(folder, "stat"));
                if (stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1] == parent.ToString(CultureInfo.InvariantCulture)) children.Add(pid);
            }
            catch (IOException)
            {
                // The process has ended.
            }
        }

        return children;
    }
}
