using HybridSession.Expiration;

namespace HybridSession.Consistency;

/// <summary>
/// Tells all other nodes something and waits until each of them has heard it: the end of a session is not reported to its client before. Thread-safe.
/// </summary>
internal sealed class Receipts(Peers peers, PeerOutbox outbox, SessionClock clock)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(PeerNoticeKind Receipt, UInt128 Id), Telling> _open = [];

    /// <summary>Tells all of the sessions. Returns when every node that is alive has answered for each of them, or does not within <paramref name="atMost"/>; at once when this node hears nobody.</summary>
    public async Task TellAllAsync(PeerNoticeKind kind, IReadOnlyList<SessionKey> keys, TimeSpan atMost)
    {
        var waitFor = peers.IsLinked ? peers.Alive() : [];
        var receipt = ReceiptOf(kind);
        List<Task> heard = [];
        lock (_lock)
        {
            if (waitFor.Count > 0)
            {
                foreach (var key in keys)
                {
                    if (!_open.TryGetValue((receipt, key.PublicId), out var telling)) _open[(receipt, key.PublicId)] = telling = new Telling(waitFor);
                    heard.Add(telling.Heard.Task);
                }
            }
        }

        outbox.Announce(kind, keys);
        if (heard.Count == 0) return;
        try
        {
            await Task.WhenAll(heard).WaitAsync(atMost, clock.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            foreach (var node in keys.SelectMany(key => Close((receipt, key.PublicId))).ToHashSet()) peers.WasSilent(node);
        }
    }

    /// <summary>Answers of a node have come.</summary>
    public void Received(NodeId from, PeerNoticeKind receipt, PeerItem[] items)
    {
        foreach (var item in items) Received(from, (receipt, item.Id));
    }

    /// <summary>Nodes that have gone answer no more.</summary>
    public void Keep(IReadOnlyCollection<NodeId> alive)
    {
        (PeerNoticeKind, UInt128)[] places;
        lock (_lock) places = [.. _open.Keys];
        foreach (var place in places)
        {
            NodeId[] gone;
            lock (_lock) gone = _open.TryGetValue(place, out var telling) ? [.. telling.Missing.Except(alive)] : [];
            foreach (var node in gone) Received(node, place);
        }
    }

    private static PeerNoticeKind ReceiptOf(PeerNoticeKind kind) => kind == PeerNoticeKind.Replacing ? PeerNoticeKind.HeardReplacing : PeerNoticeKind.HeardEnd;

    private void Received(NodeId from, (PeerNoticeKind, UInt128) place)
    {
        TaskCompletionSource heard;
        lock (_lock)
        {
            if (!_open.TryGetValue(place, out var telling) || !telling.Missing.Remove(from) || telling.Missing.Count > 0) return;
            _open.Remove(place);
            heard = telling.Heard;
        }

        heard.TrySetResult();
    }

    private IReadOnlyCollection<NodeId> Close((PeerNoticeKind, UInt128) place)
    {
        lock (_lock) return _open.Remove(place, out var telling) ? [.. telling.Missing] : [];
    }

    private sealed class Telling(IEnumerable<NodeId> missing)
    {
        public HashSet<NodeId> Missing { get; } = [.. missing];

        public TaskCompletionSource Heard { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
