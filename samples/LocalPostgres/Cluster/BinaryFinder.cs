using System.Globalization;
using System.Text.RegularExpressions;

namespace HybridSession.LocalPostgres.Cluster;

/// <summary>Finds PostgreSQL's server binaries. What it asks of the machine comes in by the constructor.</summary>
/// <param name="variable">Reads an environment variable.</param>
/// <param name="folders">The sub-folders of a folder; empty when it is absent.</param>
/// <param name="fileExists">Whether a file exists.</param>
/// <param name="askPgConfig">Runs a pg_config and tells the folder of binaries that it knows; null when it does not answer.</param>
public sealed class BinaryFinder(Func<string, string?> variable, Func<string, IEnumerable<string>> folders, Func<string, bool> fileExists, Func<string, string?> askPgConfig)
{
    // Parent, and the name of the versioned folder in it ('*' stands for the version), and what follows it.
    private static readonly (string Parent, string Name, string Below)[] Places =
    [
        ("/usr/lib/postgresql", "*", "bin"),                                  // Debian, Ubuntu
        ("/usr", "pgsql-*", "bin"),                                           // Red Hat packages of the PostgreSQL project
        ("/usr/libexec", "postgresql*", ""),                                  // Alpine
        ("/opt/homebrew/opt", "postgresql@*", "bin"),                         // Homebrew on Apple silicon
        ("/usr/local/opt", "postgresql@*", "bin"),                            // Homebrew on Intel
        ("/home/linuxbrew/.linuxbrew/opt", "postgresql@*", "bin"),
        ("/Applications/Postgres.app/Contents/Versions", "*", "bin"),
        (@"C:\Program Files\PostgreSQL", "*", "bin"),
    ];

    /// <summary>A finder for this machine.</summary>
    public static BinaryFinder OnThisMachine() => new(
        Environment.GetEnvironmentVariable,
        folder => Directory.Exists(folder) ? Directory.EnumerateDirectories(folder) : [],
        File.Exists,
        pgConfig => CommandLine.RunAsync([pgConfig, "--bindir"], null, default).GetAwaiter().GetResult() is { Succeeded: true } said ? said.Output : null);

    /// <summary>The folder that the environment names, else the newest version in the usual places, else what PATH leads to; null when there is none.</summary>
    /// <exception cref="LocalPostgresException">The environment names a folder that has no server.</exception>
    public PostgresBinaries? Find()
    {
        if (variable(LocalPostgresOptions.BinariesVariable) is { Length: > 0 } named)
        {
            if (IsComplete(named)) return new PostgresBinaries(named, $"from {LocalPostgresOptions.BinariesVariable}");
            throw new LocalPostgresException($"{LocalPostgresOptions.BinariesVariable} is '{named}', and that folder lacks at least one of {string.Join(", ", PostgresBinaries.Required)}. Set it to the 'bin' folder of a PostgreSQL server.");
        }

        var installed = Places.SelectMany(Versions).Where(v => IsComplete(v.Folder)).OrderByDescending(v => v.Version).Select(v => v.Folder).FirstOrDefault();
        var folder = installed ?? PgConfigFolders().Concat(OnPath()).FirstOrDefault(IsComplete);
        return folder is null ? null : new PostgresBinaries(folder, $"in {folder}");
    }

    private IEnumerable<(string Folder, double Version)> Versions((string Parent, string Name, string Below) place)
    {
        var pattern = "^" + Regex.Escape(place.Name).Replace("\\*", @"(\d+(\.\d+)?)", StringComparison.Ordinal) + "$";
        foreach (var folder in folders(place.Parent))
            if (Regex.Match(Path.GetFileName(folder), pattern) is { Success: true } match)
                yield return (Path.Combine(folder, place.Below), double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));
    }

    private IEnumerable<string> PgConfigFolders() =>
        OnPath().Select(f => Path.Combine(f, PostgresBinaries.FileName("pg_config"))).Where(fileExists).Take(1).Select(askPgConfig).OfType<string>();

    private string[] OnPath() =>
        (variable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);

    private bool IsComplete(string folder) => PostgresBinaries.Required.All(tool => fileExists(Path.Combine(folder, tool)));
}
