namespace HybridSession.LocalPostgres.Cluster;

/// <summary>A folder with initdb, pg_ctl and postgres.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Origin">For people: where it came from.</param>
public sealed record PostgresBinaries(string Folder, string Origin)
{
    internal static string[] Required { get; } = [FileName("initdb"), FileName("pg_ctl"), FileName("postgres")];

    internal string PathOf(string tool) => Path.Combine(Folder, FileName(tool));

    internal static string FileName(string tool) => OperatingSystem.IsWindows() ? tool + ".exe" : tool;
}
