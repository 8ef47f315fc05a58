using HybridSession.Consistency;

namespace HybridSession.Simulation.World;

/// <summary>
/// The messages between the nodes, each in a queue until the scheduler delivers it: from one sender in order, between senders in any. Over a link that is alive
/// messages are late and never lost; a cut loses them.
/// </summary>
internal sealed class SimulatedNetwork(Func<IReadOnlyList<Node>> nodes)
{
    private readonly List<Wire> _wires = [];

    /// <summary>Messages of these kinds get lost.</summary>
    public HashSet<PeerNoticeKind> Drops { get; } = [];

    /// <summary>Nodes do not hear of the loss and the return of their links.</summary>
    public bool HidesLosses { get; set; }

    public IEnumerable<Wire> Busy => _wires.Where(wire => wire.Letters.Count > 0 && wire.To.LinkEvents.Count == 0);

    public bool IsIdle => _wires.All(wire => wire.Letters.Count == 0) && nodes().All(node => node.LinkEvents.Count == 0);

    public string[] Alive => [.. nodes().Where(node => node.IsLinked).Select(node => node.Name)];

    /// <summary>Something is under way to the node, or it does not hear: what others did it may not know yet.</summary>
    public bool MayNotKnow(Node node) =>
        !node.IsLinked || node.IsPartitioned || node.LinkEvents.Count > 0 || _wires.Any(wire => wire.To == node && wire.Letters.Count > 0);

    public void Join(Node node)
    {
        node.IsLinked = true;
        node.LinkEvents.Enqueue(("hears that its link works", () => node.Receiver!.Joined(Alive)));
        TellOthers(node);
    }

    public void Leave(Node node)
    {
        if (!node.IsLinked) return;
        node.IsLinked = false;
        foreach (var wire in _wires.Where(wire => wire.To == node)) wire.Letters.Clear();
        TellOthers(node);
    }

    /// <summary>The link of a node breaks: messages to it are lost, and the others do not see it.</summary>
    public void Cut(Node node)
    {
        if (!node.IsLinked) return;
        Leave(node);
        if (!HidesLosses) node.LinkEvents.Enqueue(("hears that its link is lost", () => node.Receiver!.Lost("The simulation has cut the link.")));
    }

    public void Mend(Node node)
    {
        if (node.IsLinked || node.IsCrashed || node.Receiver is null) return;
        if (!HidesLosses) Join(node);
        else
        {
            node.IsLinked = true;
            TellOthers(node);
        }
    }

    public void TellAll()
    {
        foreach (var node in nodes().Where(node => node.IsLinked)) Tell(node);
    }

    public void Send(Node from, PeerMessage message)
    {
        if (PeerCodec.TryDecode(message.Text, out var notice) && Drops.Contains(notice.Kind)) return;
        foreach (var node in nodes().Where(node => node != from && node.IsLinked && (message.To is null || message.To == node.Name)))
        {
            var wire = _wires.Find(wire => wire.From == from && wire.To == node);
            if (wire is null) _wires.Add(wire = new Wire(from, node));
            wire.Letters.Enqueue((notice.Kind, message.Text));
        }
    }

    private void TellOthers(Node about)
    {
        foreach (var node in nodes().Where(node => node != about && node.IsLinked)) Tell(node);
    }

    private void Tell(Node node) => node.LinkEvents.Enqueue(("hears who is alive", () => node.Receiver!.NodesAre(Alive)));

    internal sealed record Wire(Node From, Node To)
    {
        public Queue<(PeerNoticeKind Kind, string Text)> Letters { get; } = new();

        public void Deliver() => To.Receiver!.Received(Letters.Dequeue().Text);
    }
}

/// <summary>The link of one node.</summary>
internal sealed class NodeLink(SimulatedNetwork network, Node node) : ISessionPeerLink
{
    public int MaxMessageLength => 7_900;

    public async Task RunAsync(string name, ISessionPeerReceiver receiver, CancellationToken stop)
    {
        node.Receiver = receiver;
        network.Join(node);
        await Task.Delay(Timeout.InfiniteTimeSpan, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!node.IsCrashed) network.Leave(node);
    }

    public async ValueTask SendAsync(IReadOnlyList<PeerMessage> messages, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (node.IsCrashed) await Task.Delay(Timeout.InfiniteTimeSpan, CancellationToken.None);
        ThrowIfPartitioned();
        foreach (var message in messages) network.Send(node, message);
    }

    public ValueTask<IReadOnlyList<string>> ReadNodesAsync(CancellationToken cancellationToken)
    {
        ThrowIfPartitioned();
        return ValueTask.FromResult<IReadOnlyList<string>>(network.Alive);
    }

    private void ThrowIfPartitioned()
    {
        if (node.IsPartitioned) throw new BackingStoreException("The simulated server cannot be reached.", BackingStoreFailure.Transient, outcomeUnknown: false, null);
    }
}
