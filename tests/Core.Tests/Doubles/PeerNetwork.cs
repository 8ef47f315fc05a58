using System.Collections.Concurrent;

namespace HybridSession.Core.Tests.Doubles;

/// <summary>The network between the nodes of a test, with its faults in the test's hand. A message is delivered before its sending returns, unless it is dropped.</summary>
internal sealed class PeerNetwork
{
    private readonly ConcurrentDictionary<string, Link> _joined = new();

    /// <summary>Decides which messages get lost.</summary>
    public Func<PeerMessage, bool> Drops { get; set; } = static _ => false;

    /// <summary>Messages that were sent, in order.</summary>
    public ConcurrentQueue<PeerMessage> Sent { get; } = new();

    /// <summary>How often somebody looked who is alive.</summary>
    public int Looks => _looks;

    private int _looks;

    public ISessionPeerLink CreateLink() => new Link(this);

    /// <summary>The link of a node breaks: the others do not see it, and it hears nothing.</summary>
    public void Cut(NodeId node)
    {
        if (!_joined.TryRemove(node.ToString(), out var link)) return;
        link.Receiver!.Lost("The test has cut the link.");
        TellNodes();
    }

    public void Mend(NodeId node, ISessionPeerLink link)
    {
        _joined[node.ToString()] = (Link)link;
        TellNodes();
        ((Link)link).Receiver!.Joined([.. _joined.Keys]);
    }

    /// <summary>Something that no node sent.</summary>
    public void Forge(string text)
    {
        foreach (var link in _joined.Values) link.Receiver!.Received(text);
    }

    /// <summary>Everybody is told who is alive.</summary>
    public void TellNodes()
    {
        foreach (var link in _joined.Values) link.Receiver!.NodesAre([.. _joined.Keys]);
    }

    private void Send(PeerMessage message)
    {
        Sent.Enqueue(message);
        if (Drops(message)) return;
        foreach (var (node, link) in _joined)
            if (message.To is null || message.To == node) link.Receiver!.Received(message.Text);
    }

    private sealed class Link(PeerNetwork network) : ISessionPeerLink
    {
        public ISessionPeerReceiver? Receiver { get; private set; }

        public int MaxMessageLength => 7_900;

        public async Task RunAsync(string node, ISessionPeerReceiver receiver, CancellationToken stop)
        {
            Receiver = receiver;
            network._joined[node] = this;
            receiver.Joined([.. network._joined.Keys]);
            await Task.Delay(Timeout.InfiniteTimeSpan, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (network._joined.TryRemove(node, out _)) network.TellNodes();
        }

        public ValueTask SendAsync(IReadOnlyList<PeerMessage> messages, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var message in messages) network.Send(message);
            return default;
        }

        public ValueTask<IReadOnlyList<string>> ReadNodesAsync(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref network._looks);
            return ValueTask.FromResult<IReadOnlyList<string>>([.. network._joined.Keys]);
        }
    }
}
