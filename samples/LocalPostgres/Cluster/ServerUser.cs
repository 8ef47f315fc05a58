namespace HybridSession.LocalPostgres.Cluster;

/// <summary>
/// The operating system's user under which the server runs. PostgreSQL refuses root, so root's commands drop to <c>postgres</c> or else <c>nobody</c>;
/// everybody else runs the server as themselves.
/// </summary>
internal sealed class ServerUser
{
    private readonly string[] _prefix;

    private ServerUser(string? name, string? owner, string[] prefix) => (Name, Owner, _prefix) = (name, owner, prefix);

    /// <summary>The name of the user that is dropped to; null when nobody is.</summary>
    public string? Name { get; }

    private string? Owner { get; }

    /// <summary>Finds the user, and the tool of this machine that drops to it.</summary>
    public static async Task<ServerUser> DetectAsync(CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess) return new ServerUser(null, null, []);

        var users = (await File.ReadAllLinesAsync("/etc/passwd", cancellationToken)).Select(l => l.Split(':')).Where(f => f.Length >= 4).ToArray();
        var user = users.FirstOrDefault(f => f[0] == "postgres") ?? users.FirstOrDefault(f => f[0] == "nobody")
            ?? throw new LocalPostgresException("PostgreSQL refuses to run as root, and this machine has neither a user 'postgres' nor a user 'nobody'. Run as an ordinary user.");
        var (name, uid, gid) = (user[0], user[2], user[3]);
        string[][] tools =
        [
            ["setpriv", $"--reuid={uid}", $"--regid={gid}", "--clear-groups", "--"],
            ["runuser", "-u", name, "--"],
            ["su", name, "-s", "/bin/sh", "-c", "exec \"$0\" \"$@\"", "--"],
        ];
        foreach (var prefix in tools)
        {
            try
            {
                if ((await CommandLine.RunAsync([.. prefix, "true"], "/", cancellationToken)).Succeeded) return new ServerUser(name, $"{uid}:{gid}", prefix);
            }
            catch (LocalPostgresException)
            {
                // Not installed: the next tool.
            }
        }

        throw new LocalPostgresException($"PostgreSQL refuses to run as root, and none of setpriv, runuser and su could drop to the user '{name}'. Run as an ordinary user.");
    }

    /// <summary>The command as this user has to be given it.</summary>
    public IReadOnlyList<string> Command(params IEnumerable<string> command) => [.. _prefix, .. command];

    public Task<CommandResult> RunAsync(IEnumerable<string> command, string folder, CancellationToken cancellationToken) =>
        CommandLine.RunAsync(Command(command), folder, cancellationToken);

    /// <summary>Hands a file or folder, with all that is in it, to this user.</summary>
    public async Task OwnAsync(string path, CancellationToken cancellationToken)
    {
        if (Owner is null) return;
        if (await CommandLine.RunAsync(["chown", "-R", Owner, path], "/", cancellationToken) is { Succeeded: false } result)
            throw new LocalPostgresException($"Handing '{path}' to the user '{Name}' failed: {result.Output}");
    }

    /// <summary>Whether this user can go into a folder.</summary>
    public async Task<bool> CanEnterAsync(string folder, CancellationToken cancellationToken) =>
        Name is null ? Directory.Exists(folder) : (await RunAsync(["test", "-x", folder], "/", cancellationToken)).Succeeded;
}
