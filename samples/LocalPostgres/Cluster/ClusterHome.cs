using System.Security.Cryptography;

namespace HybridSession.LocalPostgres.Cluster;

/// <summary>The folder of one private cluster, and who may use it.</summary>
/// <remarks>
/// <code>
/// HOME/data          the cluster
/// HOME/password      of the server's administrator, 0600
/// HOME/server.log    what the server says
/// HOME/start.lock    held alone while somebody starts, joins or stops the server
/// HOME/users.lock    held together by all processes that use the server; who can have it alone is the last one
/// </code>
/// HOME itself is 0700, so no other user of the machine gets at the password.
/// </remarks>
internal sealed class ClusterHome
{
    private static readonly TimeSpan LockRetry = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LockLimit = TimeSpan.FromMinutes(3);

    private FileStream? _use;

    private ClusterHome(string folder, bool kept) => (Folder, Kept) = (folder, kept);

    public string Folder { get; }

    /// <summary>False for a throw-away cluster.</summary>
    public bool Kept { get; }

    public string Data => Path.Combine(Folder, "data");

    public string Log => Path.Combine(Folder, "server.log");

    public string PasswordFile => Path.Combine(Folder, "password");

    /// <summary>Makes the folder. Data of another major version are left alone: each version has a folder of its own.</summary>
    public static async Task<ClusterHome> OpenAsync(LocalPostgresOptions options, int majorVersion, ServerUser user, CancellationToken cancellationToken)
    {
        var home = options.Keep is null && options.Folder is null
            ? new ClusterHome(await ThrowAwayAsync(user, cancellationToken), kept: false)
            : new ClusterHome(Path.Combine(options.Folder ?? KeptFolder(options.Keep!, user), $"postgresql-{majorVersion}"), kept: true);
        try
        {
            CreatePrivate(home.Folder);
            await user.OwnAsync(home.Folder, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LocalPostgresException($"The folder '{home.Folder}' for PostgreSQL's data cannot be made: {e.Message} Set {LocalPostgresOptions.Variable} to use another server.", e);
        }

        if (!await user.CanEnterAsync(home.Folder, cancellationToken))
            throw new LocalPostgresException($"The user '{user.Name}', under which PostgreSQL runs for root, cannot reach '{home.Folder}'. Choose a folder below /var/lib or /tmp.");
        return home;
    }

    /// <summary>The administrator's password; made at the first call.</summary>
    public async Task<string> PasswordAsync(ServerUser user, CancellationToken cancellationToken)
    {
        if (!File.Exists(PasswordFile)) await WriteSecretAsync(PasswordFile, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)), user, cancellationToken);
        return (await File.ReadAllTextAsync(PasswordFile, cancellationToken)).Trim();
    }

    /// <summary>Writes a file that only the server's user can read.</summary>
    public static async Task WriteSecretAsync(string path, string text, ServerUser user, CancellationToken cancellationToken)
    {
        File.Delete(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using (var writer = new StreamWriter(new FileStream(path, options)))
            await writer.WriteAsync(text.AsMemory(), cancellationToken);
        await user.OwnAsync(path, cancellationToken);
    }

    /// <summary>Nobody else starts, joins or stops the server until the result is disposed of.</summary>
    public async Task<IDisposable> LockAsync(CancellationToken cancellationToken)
    {
        var end = TimeProvider.System.GetTimestamp() + (long)(LockLimit.TotalSeconds * TimeProvider.System.TimestampFrequency);
        while (true)
        {
            if (TryLock("start.lock", FileShare.None) is { } taken) return taken;
            if (TimeProvider.System.GetTimestamp() > end)
                throw new LocalPostgresException($"Another process has been starting or stopping the server in '{Folder}' for {LockLimit.TotalMinutes} minutes. End that process and try again.");
            await Task.Delay(LockRetry, cancellationToken);
        }
    }

    /// <summary>This process uses the server from now on.</summary>
    public void Use() => _use ??= TryLock("users.lock", FileShare.Read);

    /// <summary>This process uses the server no more.</summary>
    /// <returns>True when no other process does.</returns>
    public bool LeaveAsLast()
    {
        _use?.Dispose();
        _use = null;
        using var alone = TryLock("users.lock", FileShare.None);
        return alone is not null;
    }

    /// <summary>The last lines of the server's log, for error messages.</summary>
    public string LogTail(long from = 0, int lines = 15)
    {
        if (!File.Exists(Log)) return "(no log was written)";
        using var stream = new FileStream(Log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        stream.Position = Math.Min(from, stream.Length);
        using var reader = new StreamReader(stream);
        return string.Join(Environment.NewLine, reader.ReadToEnd().Trim().Split('\n').TakeLast(lines));
    }

    private FileStream? TryLock(string name, FileShare share)
    {
        try
        {
            return new FileStream(Path.Combine(Folder, name), FileMode.OpenOrCreate, share == FileShare.None ? FileAccess.ReadWrite : FileAccess.Read, share);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static void CreatePrivate(string folder)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else
        {
            if (Path.GetDirectoryName(folder) is { } parent) Directory.CreateDirectory(parent);
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    // Root's own folders are closed to the user that the server runs as.
    private static string KeptFolder(string name, ServerUser user) =>
        user.Name is not null ? Path.Combine("/var/lib", name)
        : Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create) is { Length: > 0 } local ? Path.Combine(local, name)
        : throw new LocalPostgresException("There is no home folder in which PostgreSQL's data could be kept. Set HOME to a folder that may be written.");

    private static async Task<string> ThrowAwayAsync(ServerUser user, CancellationToken cancellationToken)
    {
        var temp = Path.GetTempPath();
        if (!await user.CanEnterAsync(temp, cancellationToken)) temp = "/tmp";
        return Path.Combine(temp, $"hybridsession-{Path.GetRandomFileName()[..8]}");
    }
}
