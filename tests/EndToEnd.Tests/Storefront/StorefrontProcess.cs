using System.Collections.Concurrent;
using System.Diagnostics;
using HybridSession.LocalPostgres;

namespace HybridSession.EndToEnd.Tests.Storefront;

/// <summary>The built sample as a process of its own, on a port of its own.</summary>
internal sealed class StorefrontProcess : IAsyncDisposable
{
    private const int StartAttempts = 3;

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output;

    private StorefrontProcess(Process process, ConcurrentQueue<string> output, Uri address) => (_process, _output, Address) = (process, output, address);

    public Uri Address { get; }

    /// <summary>What it has written so far.</summary>
    public string Output => string.Join(Environment.NewLine, _output);

    public static string Library => Path.Combine(AppContext.BaseDirectory, "Storefront.dll");

    /// <summary>Starts the site against a database, and returns when it answers.</summary>
    public static Task<StorefrontProcess> StartAsync(string connectionString) =>
        StartAsync([Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet", Library], new() { ["HYBRIDSESSION_POSTGRES"] = connectionString });

    /// <summary>Starts the site by any command; environment variables with a null value are taken away.</summary>
    public static async Task<StorefrontProcess> StartAsync(IReadOnlyList<string> command, Dictionary<string, string?> environment, string? folder = null)
    {
        for (var attempt = 1; ; attempt++)
        {
            var site = Launch(command, environment, folder);
            try
            {
                await Until.TrueAsync(site.AnswersAsync, $"The site answers at {site.Address}", seconds: 90);
                return site;
            }
            catch (Exception e)
            {
                var output = site.Output;
                await site.DisposeAsync();

                // The port was free when it was chosen.
                if (attempt < StartAttempts && output.Contains("address already in use", StringComparison.OrdinalIgnoreCase)) continue;
                throw new InvalidOperationException($"The Storefront did not start. It wrote:{Environment.NewLine}{output}", e);
            }
        }
    }

    /// <summary>SIGTERM, and the wait for its end: what a deployment does.</summary>
    public async Task TerminateAsync()
    {
        using var signal = Process.Start("/bin/sh", ["-c", $"kill -TERM {_process.Id}"]);
        await signal.WaitForExitAsync();
        await ExitAsync();
    }

    /// <summary>SIGKILL: what a crash does.</summary>
    /// <returns>When it happened.</returns>
    public async Task<long> KillAsync()
    {
        var at = Stopwatch.GetTimestamp();
        _process.Kill();
        await ExitAsync();
        return at;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) await KillAsync();
        _process.Dispose();
    }

    private static StorefrontProcess Launch(IReadOnlyList<string> command, Dictionary<string, string?> environment, string? folder)
    {
        var address = new Uri($"http://127.0.0.1:{FreePort.Next()}");
        var info = new ProcessStartInfo(command[0], [.. command.Skip(1), "--urls", address.OriginalString])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? AppContext.BaseDirectory,
        };
        foreach (var name in info.Environment.Keys.Where(k => k.StartsWith("ASPNETCORE_", StringComparison.Ordinal)).ToArray()) info.Environment.Remove(name);
        foreach (var (name, value) in environment) info.Environment[name] = value;

        var output = new ConcurrentQueue<string>();
        var process = new Process { StartInfo = info };
        process.OutputDataReceived += (_, line) => output.Enqueue(line.Data ?? "");
        process.ErrorDataReceived += (_, line) => output.Enqueue(line.Data ?? "");
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new StorefrontProcess(process, output, address);
    }

    private async Task<bool> AnswersAsync()
    {
        if (_process.HasExited) throw new InvalidOperationException($"The process ended with code {_process.ExitCode}.");
        using var client = new HttpClient { BaseAddress = Address };
        try
        {
            return await client.GetStringAsync("/healthz") == "ok";
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private async Task ExitAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await _process.WaitForExitAsync(limit.Token);
    }
}
