using System.Diagnostics;
using System.Globalization;

namespace HybridSession.LocalPostgres.Cluster;

/// <summary>Freezes, thaws and kills a server: the postmaster and the processes it has forked.</summary>
internal static class ProcessSignals
{
    // Orphans look for their postmaster whenever they wait; one that computes is not asked again.
    private static readonly TimeSpan OrphanLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(10);

    /// <summary>The postmaster first, so that it forks no more while its children are frozen.</summary>
    public static Task FreezeAsync(int postmaster, CancellationToken cancellationToken) => SendAsync("STOP", postmaster, cancellationToken);

    public static Task ThawAsync(int postmaster, CancellationToken cancellationToken) => SendAsync("CONT", postmaster, cancellationToken);

    /// <summary>Kills the postmaster alone, as the kernel does when memory runs out, and returns when its orphans have ended too: they find out by themselves.</summary>
    public static async Task KillServerAsync(int postmaster, CancellationToken cancellationToken)
    {
        List<int> family = [postmaster, .. ChildrenOf(postmaster)];
        Kill(postmaster);
        var clock = Stopwatch.StartNew();
        while (family.RemoveAll(HasEnded) >= 0 && family.Count > 0)
        {
            if (clock.Elapsed > OrphanLimit) family.ForEach(Kill);
            await Task.Delay(Poll, cancellationToken);
        }
    }

    /// <summary>Kills one process of a server.</summary>
    /// <exception cref="LocalPostgresException">The process does not belong to the server.</exception>
    public static void KillChild(int postmaster, int child)
    {
        if (!ChildrenOf(postmaster).Contains(child)) throw new LocalPostgresException($"Process {child} is not one of the server {postmaster}; it is not killed.");
        Kill(child);
    }

    /// <summary>The postmaster and what it has forked.</summary>
    public static IReadOnlyList<int> FamilyOf(int postmaster) => [postmaster, .. ChildrenOf(postmaster)];

    private static void Kill(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            process.Kill();
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            // It has ended already.
        }
    }

    private static async Task SendAsync(string signal, int postmaster, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows()) throw new PlatformNotSupportedException("Windows cannot freeze a process. Run this on Linux or macOS.");
        await SendAsync(signal, [postmaster], cancellationToken);
        await SendAsync(signal, ChildrenOf(postmaster), cancellationToken);
    }

    private static async Task SendAsync(string signal, List<int> processes, CancellationToken cancellationToken)
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
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var pid) && Stat(pid) is { } stat && stat.Parent == parent) children.Add(pid);
        }

        return children;
    }

    // One that nobody has reaped yet holds neither memory nor files.
    private static bool HasEnded(int pid) => Stat(pid) is null or { State: "Z" or "X" };

    // "pid (name) state parent ...": the name may hold blanks and brackets.
    private static (string State, int Parent)? Stat(int pid)
    {
        try
        {
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (fields[0], int.Parse(fields[1], CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            return null;
        }
    }
}
