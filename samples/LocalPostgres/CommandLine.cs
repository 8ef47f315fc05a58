using System.ComponentModel;
using System.Diagnostics;

namespace HybridSession.LocalPostgres;

/// <summary>What a finished command said.</summary>
internal readonly record struct CommandResult(int ExitCode, string Output)
{
    public bool Succeeded => ExitCode == 0;
}

/// <summary>Runs one command to its end.</summary>
internal static class CommandLine
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <summary>Runs a command; both output streams come back as one text.</summary>
    /// <exception cref="LocalPostgresException">The command cannot be started or does not end.</exception>
    public static async Task<CommandResult> RunAsync(IReadOnlyList<string> command, string? folder, CancellationToken cancellationToken)
    {
        using var process = new Process { StartInfo = StartInfo(command, folder) };
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            throw new LocalPostgresException($"The command '{command[0]}' cannot be started: {e.Message}", e);
        }

        process.StandardInput.Close();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return new CommandResult(process.ExitCode, (await output + await errors).Trim());
        }
        catch (OperationCanceledException e)
        {
            process.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            throw new LocalPostgresException($"The command '{string.Join(' ', command)}' did not end within {Limit.TotalMinutes} minutes and was stopped.", e);
        }
    }

    public static ProcessStartInfo StartInfo(IReadOnlyList<string> command, string? folder)
    {
        var info = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "",
        };

        // PGPORT, PGDATA and the like would reach the server and its tools; messages are read, so they come in English.
        foreach (var name in info.Environment.Keys.Where(k => k.StartsWith("PG", StringComparison.Ordinal)).ToArray()) info.Environment.Remove(name);
        info.Environment["LC_ALL"] = "C";
        return info;
    }
}
