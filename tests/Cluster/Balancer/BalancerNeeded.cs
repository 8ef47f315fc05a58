namespace HybridSession.Cluster.Balancer;

/// <summary>A developer without HAProxy sees skipped tests; CI sees failures, since it is CI's task to have one.</summary>
internal static class BalancerNeeded
{
    private const string Name = "haproxy";
    private const string Reason = "HAProxy is not installed (on Debian: apt-get install haproxy).";

    // Debian keeps it where only root's PATH leads.
    private static readonly string[] UsualFolders = ["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"];

    /// <summary>The path of the program. Where it is missing, skips the test, and fails it where CI is set.</summary>
    public static string Program()
    {
        if (Find() is { } path) return path;
        if (Environment.GetEnvironmentVariable("CI") is { Length: > 0 } and not "false") Assert.Fail(Reason);
        Assert.Skip(Reason);
        return "";
    }

    private static string? Find() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Concat(UsualFolders)
        .Where(folder => folder.Length > 0).Select(folder => Path.Combine(folder, Name)).FirstOrDefault(File.Exists);
}
