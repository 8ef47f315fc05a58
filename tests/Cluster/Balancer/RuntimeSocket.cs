using System.Net.Sockets;
using System.Text;

namespace HybridSession.Cluster.Balancer;

/// <summary>The runtime API of HAProxy: a line of text, an answer, the end.</summary>
internal sealed class RuntimeSocket(string path)
{
    public async Task<string> AskAsync(string command)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
        await socket.SendAsync(Encoding.ASCII.GetBytes(command + "\n"));
        await using var stream = new NetworkStream(socket);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        return (await reader.ReadToEndAsync()).Trim();
    }

    /// <summary>A command that says nothing when it is done.</summary>
    public async Task TellAsync(string command)
    {
        if (await AskAsync(command) is { Length: > 0 } said) throw new InvalidOperationException($"HAProxy answers \"{command}\" with: {said}");
    }

    /// <summary>What it says of one server.</summary>
    public async Task<ServerStatus> StatusAsync(string backend, string server) => ServerStatus.Of(await AskAsync("show stat"), backend, server);
}
