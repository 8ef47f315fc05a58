using System.Net.Sockets;
using System.Text;

namespace HybridSession.LocalPostgres.Docker;

/// <summary>Asks in about a second at most whether a Docker engine answers, so that machines without one lose no time.</summary>
internal static class DockerProbe
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1.5);

    public static async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows() && Environment.GetEnvironmentVariable("DOCKER_HOST") is null) return File.Exists(@"\\.\pipe\docker_engine");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        foreach (var address in Addresses(Environment.GetEnvironmentVariable))
        {
            try
            {
                if (await PingAsync(address, limit.Token)) return true;
            }
            catch (Exception e) when (e is SocketException or IOException or NotSupportedException)
            {
                // Nobody there: the next address.
            }
            catch (OperationCanceledException)
            {
                cancellationToken.ThrowIfCancellationRequested();
                return false;
            }
        }

        return false;
    }

    /// <summary>Where an engine may listen. A named host is the only candidate.</summary>
    public static IEnumerable<Uri> Addresses(Func<string, string?> variable)
    {
        if (variable("DOCKER_HOST") is { Length: > 0 } named)
            return Uri.TryCreate(named, UriKind.Absolute, out var uri) ? [uri] : [];
        var home = variable("HOME") ?? "/root";
        string?[] sockets =
        [
            "/var/run/docker.sock",
            variable("XDG_RUNTIME_DIR") is { Length: > 0 } run ? $"{run}/docker.sock" : null,
            $"{home}/.docker/run/docker.sock",
            $"{home}/.docker/desktop/docker.sock",
        ];
        return sockets.OfType<string>().Where(File.Exists).Select(s => new Uri($"unix://{s}"));
    }

    private static async Task<bool> PingAsync(Uri address, CancellationToken cancellationToken)
    {
        // A named pipe or a remote shell cannot be asked this way; Testcontainers will find out.
        if (address.Scheme is not ("unix" or "tcp" or "http")) return true;
        var unix = address.Scheme == "unix";
        using var socket = unix ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) : new Socket(SocketType.Stream, ProtocolType.Tcp);
        if (unix) await socket.ConnectAsync(new UnixDomainSocketEndPoint(address.AbsolutePath), cancellationToken);
        else await socket.ConnectAsync(address.Host, address.Port > 0 ? address.Port : 2375, cancellationToken);

        await socket.SendAsync("GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n"u8.ToArray(), cancellationToken);
        var answer = new byte[64];
        var read = await socket.ReceiveAsync(answer, cancellationToken);
        return Encoding.ASCII.GetString(answer, 0, read).Contains(" 200 ", StringComparison.Ordinal);
    }
}
