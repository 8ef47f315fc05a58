using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace HybridSession.Resilience.Site;

/// <summary>A site in a process of its own, which can be stopped, killed and frozen.</summary>
internal sealed class SiteProcess : ISite
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output;
    private readonly HttpClient _client;
    private bool _disposed;

    private SiteProcess(Process process, ConcurrentQueue<string> output, Uri address)
    {
        (_process, _output, Address) = (process, output, address);
        _client = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(10) };
    }

    public Uri Address { get; }

    public IReadOnlyList<string> Log => [.. _output];

    /// <summary>Starts the site, and returns when it listens.</summary>
    /// <param name="settings">What the scenario varies.</param>
    /// <param name="environment">Further variables, as those of the .NET runtime.</param>
    public static async Task<SiteProcess> StartAsync(SiteSettings settings, IReadOnlyDictionary<string, string>? environment = null)
    {
        var info = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "HybridSession.Resilience.Site.dll")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        foreach (var (key, value) in settings.ToConfiguration()) info.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        // A site that lives for seconds should not spend them on profiles of itself.
        info.Environment["DOTNET_TieredPGO"] = "0";
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) info.Environment[name] = value;

        var output = new ConcurrentQueue<string>();
        var listening = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        var process = new Process { StartInfo = info, EnableRaisingEvents = true };
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
        process.Exited += (_, _) => listening.TrySetException(new InvalidOperationException("The site ended before it listened."));
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            return new SiteProcess(process, output, await listening.Task.WaitAsync(StartLimit, TestContext.Current.CancellationToken));
        }
        catch (Exception e)
        {
            if (!process.HasExited) process.Kill();
            throw new InvalidOperationException($"The site did not start. It wrote:{Environment.NewLine}{string.Join(Environment.NewLine, output)}", e);
        }

        void Take(string? line)
        {
            if (line is null) return;
            output.Enqueue(line);
            if (line.StartsWith(SiteLines.Listening, StringComparison.Ordinal)) listening.TrySetResult(new Uri(line[SiteLines.Listening.Length..]));
        }
    }

    public async Task<SiteStats> StatsAsync() => (await _client.GetFromJsonAsync<SiteStats>("/stats", TestContext.Current.CancellationToken))!;

    public async Task<SiteEnd> StopGracefullyAsync()
    {
        var clock = Stopwatch.StartNew();
        await SignalAsync("TERM");
        await ExitAsync();
        var took = clock.Elapsed;
        var last = _output.LastOrDefault(l => l.StartsWith(SiteLines.Ended, StringComparison.Ordinal))
            ?? throw new InvalidOperationException($"The site ended with code {_process.ExitCode} and without its last line. {Wrote}");
        return new SiteEnd(_process.ExitCode, took, JsonSerializer.Deserialize<SiteStats>(last[SiteLines.Ended.Length..])!);
    }

    /// <summary>SIGKILL.</summary>
    /// <returns>Just before the signal, and when the process was gone.</returns>
    public async Task<(long From, long To)> KillAsync()
    {
        var from = Stopwatch.GetTimestamp();
        _process.Kill();
        await ExitAsync();
        return (from, Stopwatch.GetTimestamp());
    }

    /// <summary>SIGSTOP: the process stands still, its connections stay open.</summary>
    public Task FreezeAsync() => SignalAsync("STOP");

    /// <summary>SIGCONT.</summary>
    public Task ThawAsync() => SignalAsync("CONT");

    public async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        _disposed = true;
        if (!_process.HasExited) await KillAsync();
        _process.Dispose();
        _client.Dispose();
    }

    private string Wrote => $"It wrote:{Environment.NewLine}{string.Join(Environment.NewLine, _output)}";

    private async Task SignalAsync(string name)
    {
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -{name} {_process.Id.ToString(CultureInfo.InvariantCulture)}"]);
        await kill.WaitForExitAsync();
        if (kill.ExitCode == 0) return;
        await ExitAsync();
        throw new InvalidOperationException($"The site was to get SIG{name} and had ended by itself, with code {_process.ExitCode}. {Wrote}");
    }

    private async Task ExitAsync()
    {
        // Also waits until the output was read to its end.
        using var limit = new CancellationTokenSource(EndLimit);
        await _process.WaitForExitAsync(limit.Token);
    }
}
