using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using HybridSession.LocalPostgres;
using HybridSession.Resilience;

namespace HybridSession.Cluster.Balancer;

/// <summary>HAProxy in front of the nodes, a process on a free port of 127.0.0.1; told what to do by its runtime API.</summary>
internal sealed class Haproxy : IAsyncDisposable
{
    private const int StartAttempts = 3;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = [];
    private readonly DirectoryInfo _folder;
    private readonly RuntimeSocket _runtime;

    private Haproxy(string program, Affinity affinity, IReadOnlyList<Uri> nodes)
    {
        var port = FreePort.Next();
        Address = new Uri($"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}");
        _folder = Directory.CreateTempSubdirectory("hs-balancer-");
        var (config, socket) = (Path.Combine(_folder.FullName, "haproxy.cfg"), Path.Combine(_folder.FullName, "api"));
        File.WriteAllText(config, BalancerConfig.Text(affinity, port, socket, nodes));
        _runtime = new RuntimeSocket(socket);
        _process = new Process { StartInfo = new ProcessStartInfo(program, ["-db", "-f", config]) { RedirectStandardOutput = true, RedirectStandardError = true } };
        _process.OutputDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public Uri Address { get; }

    /// <summary>Starts it, and returns when it sees all nodes up.</summary>
    public static async Task<Haproxy> StartAsync(Affinity affinity, IReadOnlyList<Uri> nodes)
    {
        var program = BalancerNeeded.Program();
        for (var attempt = 1; ; attempt++)
        {
            var balancer = new Haproxy(program, affinity, nodes);
            try
            {
                await Until.TrueAsync(balancer.AnswersAsync, "HAProxy answers", Limit);
                for (var node = 0; node < nodes.Count; node++) await balancer.WaitAsync(node, static status => status.IsUp, "is up");
                return balancer;
            }
            catch (Exception e)
            {
                var wrote = string.Join(Environment.NewLine, balancer._output);
                await balancer.DisposeAsync();
                // The port was free when it was chosen.
                if (attempt < StartAttempts && wrote.Contains("cannot bind", StringComparison.OrdinalIgnoreCase)) continue;
                throw new InvalidOperationException($"HAProxy did not start. It wrote:{Environment.NewLine}{wrote}", e);
            }
        }
    }

    /// <summary>Gives a node no new requests; returns when it has answered those under way.</summary>
    public async Task DrainAsync(int node)
    {
        await _runtime.TellAsync($"set server {Name(node)} state maint");
        await WaitAsync(node, static status => status.Requests == 0, "has answered its requests");
    }

    /// <summary>Gives a drained node requests again; returns when it is seen up.</summary>
    public async Task ReadyAsync(int node)
    {
        await _runtime.TellAsync($"set server {Name(node)} state ready");
        await WaitAsync(node, static status => status.IsUp, "is up");
    }

    /// <summary>Puts another process in the place of a drained or dead node.</summary>
    public async Task ReplaceAsync(int node, Uri address)
    {
        await _runtime.TellAsync($"set server {Name(node)} state maint");
        var said = await _runtime.AskAsync(string.Create(CultureInfo.InvariantCulture, $"set server {Name(node)} addr {address.Host} port {address.Port}"));
        if (!said.Contains("port changed", StringComparison.Ordinal)) throw new InvalidOperationException($"HAProxy did not move a server: {said}");
        await ReadyAsync(node);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        using (var limit = new CancellationTokenSource(Limit)) await _process.WaitForExitAsync(limit.Token);
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private static string Name(int node) => $"{BalancerConfig.Backend}/{BalancerConfig.ServerName(node)}";

    private Task<TimeSpan> WaitAsync(int node, Func<ServerStatus, bool> condition, string what) => Until.TrueAsync(
        async () => condition(await _runtime.StatusAsync(BalancerConfig.Backend, BalancerConfig.ServerName(node))),
        $"{BalancerConfig.ServerName(node)} {what}",
        Limit);

    private async Task<bool> AnswersAsync()
    {
        if (_process.HasExited) throw new InvalidOperationException($"HAProxy ended with code {_process.ExitCode}.");
        try
        {
            return await _runtime.AskAsync("show info") is { Length: > 0 };
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
