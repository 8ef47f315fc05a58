using HybridSession.Postgres.Peers;

namespace HybridSession.Postgres.Tests.Peers;

/// <summary>A link that runs under a name of its own, and what it tells.</summary>
internal sealed class LinkedNode : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task? _run;

    private LinkedNode(PostgresPeerLink link, string? name) => (Link, Name) = (link, name ?? NodeId.Create().ToString());

    public string Name { get; }

    public PostgresPeerLink Link { get; }

    public PeerRecorder Told { get; } = new();

    /// <summary>Starts a link and does not wait for it.</summary>
    public static LinkedNode Start(PostgresBackingStore store, string? name = null, TimeProvider? time = null)
    {
        var node = new LinkedNode(store.CreatePeerLink(time ?? TimeProvider.System), name);
        node._run = node.Link.RunAsync(node.Name, node.Told, node._stop.Token);
        return node;
    }

    /// <summary>Starts a link and waits until it has joined.</summary>
    public static async Task<LinkedNode> JoinAsync(PostgresBackingStore store, string? name = null)
    {
        var node = Start(store, name);
        await node.Told.NextAsync(PeerEventKind.Joined);
        return node;
    }

    public Task SendAsync(params PeerMessage[] messages) => Link.SendAsync(messages, default).AsTask();

    public Task<IReadOnlyList<string>> ReadNodesAsync() => Link.ReadNodesAsync(default).AsTask();

    /// <summary>Stops the link; it may tell nothing more.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _run!;
        Told.End();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
        Assert.Null(Told.Violation);
    }
}
