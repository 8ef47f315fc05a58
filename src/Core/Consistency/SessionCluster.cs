using HybridSession.Diagnostics;
using HybridSession.Expiration;
using HybridSession.Hot;
using Microsoft.Extensions.Logging;

namespace HybridSession.Consistency;

/// <summary>
/// This node's part in the site: what it hears from the others and what it tells them, and whether a copy in its memory may serve a request as it is.
/// Thread-safe. The rules are in <c>docs/architecture.md</c> under "Several nodes".
/// </summary>
internal sealed class SessionCluster : ISessionPeerReceiver, IDisposable
{
    // How far a stamp may be ahead of the row before it is taken to be made up.
    private const long MaxStampLead = 1L << 20;

    private const long ReportEveryMs = 10_000;
    private const long LookEveryMs = 100;

    private static readonly TimeSpan LookAfter = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan JoinTimeout = TimeSpan.FromSeconds(5);

    private readonly ISessionPeerLink _link;
    private readonly ClusterOptions _options;
    private readonly ProtocolRules _rules;
    private readonly ClusterHost _host;
    private readonly SessionClock _clock;
    private readonly SessionMetrics _metrics;
    private readonly ILogger _logger;
    private readonly NodeId _self;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource<bool> _firstLink = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Receipts _receipts;
    private readonly Lock _lock = new();
    private HashSet<NodeId>? _awaitedWelcomes;
    private readonly TaskCompletionSource _welcomed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task<bool>? _look;
    private int _notFound;
    private long _nextReportMs;
    private long _nextLookMs;
    private Task _loops = Task.CompletedTask;

    public SessionCluster(ISessionPeerLink link, NodeId self, SessionEngineOptions options, ClusterHost host, SessionClock clock, SessionMetrics metrics, ILogger logger)
    {
        (_link, _self, _options, _rules, _host, _clock, _metrics, _logger) = (link, self, options.Cluster, options.Rules, host, clock, metrics, logger);
        Peers = new Peers(self, clock, options.MaxDirtyAge);
        Outbox = new PeerOutbox(link, self, clock, logger);
        Handoffs = new Handoffs(Outbox, clock);
        Hints = new EndHints(clock);
        _receipts = new Receipts(Peers, Outbox, clock);
        metrics.Observe(Peers);
    }

    public Peers Peers { get; }

    public StaleMarks Marks { get; } = new();

    public PeerOutbox Outbox { get; }

    public Handoffs Handoffs { get; }

    public EndHints Hints { get; }

    public TimeSpan HandoffTimeout => _options.HandoffTimeout;

    /// <summary>The copy holds what the client has seen.</summary>
    public bool IsFresh(LiveSession session, SessionStamp stamp) =>
        stamp.IsNone || stamp.IsIn(session.Payload) || session.IsWaived(stamp) || (!_rules.StampsNameTheirNode && session.Payload.Version >= stamp.Version);

    /// <summary>No change of this session can have such a number: the client made it up.</summary>
    public static bool IsAbsurd(LiveSession session, SessionStamp stamp) => stamp.Version - MaxStampLead > session.Payload.Version;

    /// <summary>A copy in memory may serve a request of a client that has this stamp, without a look at the row.</summary>
    /// <param name="session">The copy.</param>
    /// <param name="stamp">What the client has seen.</param>
    /// <param name="isAway">The store cannot be asked.</param>
    public bool MayServe(LiveSession session, SessionStamp stamp, bool isAway)
    {
        if (!IsFresh(session, stamp) || Marks.IsMarked(session.Key.Prefix, session.ReadAt)) return false;
        if (isAway) return MayServeUnread(session, stamp);
        if (Marks.MayBeMissing(session.ReadAt)) return false;
        // A client without a stamp may have been anywhere.
        return !Peers.HasOthers || (Peers.IsLinked && !stamp.IsNone);
    }

    /// <summary>The same when the row should be read and cannot be.</summary>
    public bool MayServeUnread(LiveSession session, SessionStamp stamp) =>
        IsFresh(session, stamp) && !IsMarked(session) && !(Peers.DeafFor > _options.MaxUnvalidatedAge);

    /// <summary>Perhaps another node has ended the session since its copy was read: the row tells.</summary>
    public bool MayHaveEnded(LiveSession session) => IsMarked(session) && Hints.Has(session.Key);

    /// <summary>Another node has said something of this session, or of one that shares its mark, since its copy was read.</summary>
    public bool IsMarked(LiveSession session) => Marks.IsMarked(session.Key.Prefix, session.ReadAt);

    /// <summary>Tells all other nodes of the end of sessions, or that it is near, and waits until they have heard it.</summary>
    public async Task TellAllAsync(PeerNoticeKind kind, params IReadOnlyList<SessionKey> keys)
    {
        if (!Peers.HasOthers || keys.Count == 0) return;
        var heard = _receipts.TellAllAsync(kind, keys, _options.HandoffTimeout);
        if (!heard.IsCompleted) await Task.WhenAny(heard, Task.Delay(LookAfter, _clock.Time)).ConfigureAwait(false);
        // A node that died a moment ago answers no more, and is not missed yet.
        if (!heard.IsCompleted) await LookAsync().ConfigureAwait(false);
        await heard.ConfigureAwait(false);
    }

    /// <summary>Runs the link and joins the other nodes: returns when each of them has stored what it had acknowledged, so that none of it is missed here.</summary>
    public async Task JoinAsync(CancellationToken cancellationToken)
    {
        Start();
        try
        {
            if (!await _firstLink.Task.WaitAsync(JoinTimeout, _clock.Time, cancellationToken).ConfigureAwait(false)) return;
            await _welcomed.Task.WaitAsync(_options.HandoffTimeout, _clock.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // A node that is alive and says nothing is waited for at each session that needs it.
            Log.JoinedWithoutWelcome(_logger);
        }
    }

    /// <summary>Runs the link without waiting for anybody.</summary>
    public void Start() => _loops = Task.WhenAll(Task.Run(() => _link.RunAsync(_self.ToString(), this, _stop.Token)), Task.Run(() => Outbox.RunAsync(_stop.Token)));

    /// <summary>Says good-bye, after everything is stored, and ends the link.</summary>
    /// <param name="isStored">Nothing is left: the others need not look for it.</param>
    /// <param name="deadline">Ends the wait.</param>
    public async Task LeaveAsync(bool isStored, CancellationToken deadline)
    {
        if (isStored && Peers.IsLinked) Outbox.Announce(PeerNoticeKind.Bye);
        try
        {
            await Outbox.SendOnceAsync(deadline).ConfigureAwait(false);
            await _stop.CancelAsync().ConfigureAwait(false);
            await _loops.WaitAsync(deadline).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            // The connection ends with the process, and with it what the others know of this node.
        }
    }

    /// <summary>What is known of a node, after a look at all of them when it is unknown or <paramref name="look"/> says so.</summary>
    public async ValueTask<PeerState> JudgeAsync(NodeId node, bool look)
    {
        if ((look || Peers.IsUnknown(node)) && Peers.IsLinked && node != _self) await LookAsync().ConfigureAwait(false);
        return Peers.Judge(node);
    }

    /// <summary>A change was not found. One line for all of a while: a node that dies may leave thousands.</summary>
    public void ReportNotFound(SessionKey key, NodeId node, TimeSpan waited)
    {
        Log.ChangeNotFound(_logger, key, node, waited.TotalMilliseconds);
        _metrics.Lost(1, "other_node");
        var count = Interlocked.Increment(ref _notFound);
        var now = _clock.NowMs;
        var next = Volatile.Read(ref _nextReportMs);
        if (now < next || Interlocked.CompareExchange(ref _nextReportMs, now + ReportEveryMs, next) != next) return;
        Interlocked.Add(ref _notFound, -count);
        Log.ChangesNotFound(_logger, count);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
        Outbox.Dispose();
    }

    void ISessionPeerReceiver.Joined(IReadOnlyList<string> nodes)
    {
        var known = Parse(nodes);
        lock (_lock) _awaitedWelcomes ??= [.. known.Where(node => node != _self)];
        Peers.Joined(known);
        Marks.MarkAll();
        Outbox.Announce(PeerNoticeKind.Hello);
        if (known.All(node => node == _self)) _welcomed.TrySetResult();
        _firstLink.TrySetResult(true);
        Log.Joined(_logger, _self, Peers.Count);
        foreach (var session in _host.Watches.All) _ = _host.ReadAgain(session);
    }

    void ISessionPeerReceiver.NodesAre(IReadOnlyList<string> nodes)
    {
        var hasGone = Peers.NodesAre(Parse(nodes));
        _receipts.Keep(Peers.Alive());
        if (!hasGone) return;
        // What it had stored last, it may not have announced any more.
        Marks.MarkAll();
        Log.PeerGone(_logger, Peers.Count);
    }

    void ISessionPeerReceiver.Received(string message)
    {
        if (!PeerCodec.TryDecode(message, out var notice))
        {
            Log.StrangePeerMessage(_logger, message.Length);
            return;
        }

        if (notice.From == _self) return;
        Peers.WasHeard(notice.From);
        switch (notice.Kind)
        {
            case PeerNoticeKind.Hello:
                Peers.Came(notice.From);
                _ = WelcomeAsync(notice.From);
                break;
            case PeerNoticeKind.Welcome:
                Welcomed(notice.From);
                break;
            case PeerNoticeKind.Bye:
                Peers.Left(notice.From);
                _receipts.Keep(Peers.Alive());
                Welcomed(notice.From);
                break;
            case PeerNoticeKind.Changed:
                foreach (var item in notice.Items) Marks.Mark(item.Prefix);
                break;
            case PeerNoticeKind.AllChanged:
                Marks.MarkAll();
                break;
            case PeerNoticeKind.Removed:
                Ended(notice, SessionOrigin.Removed);
                break;
            case PeerNoticeKind.Replaced:
                Ended(notice, SessionOrigin.Replaced);
                break;
            case PeerNoticeKind.Replacing:
                foreach (var item in notice.Items)
                {
                    Hints.Add(item.Id, SessionOrigin.Replaced);
                    Outbox.Tell(notice.From, PeerNoticeKind.HeardReplacing, item);
                }

                break;
            case PeerNoticeKind.HeardReplacing or PeerNoticeKind.HeardEnd:
                _receipts.Received(notice.From, notice.Kind, notice.Items);
                break;
            case PeerNoticeKind.FlushRequest:
                foreach (var item in notice.Items) _ = FlushForAsync(notice.From, item);
                break;
            case PeerNoticeKind.Flushed:
                Handoffs.Answered(notice.Items);
                break;
        }
    }

    void ISessionPeerReceiver.Lost(string reason)
    {
        Peers.Lost();
        _firstLink.TrySetResult(false);
        Log.LinkLost(_logger, reason);
    }

    private static List<NodeId> Parse(IReadOnlyList<string> nodes)
    {
        var known = new List<NodeId>(nodes.Count);
        foreach (var name in nodes)
            if (NodeId.TryParse(name, out var node)) known.Add(node);
        return known;
    }

    private void Welcomed(NodeId node)
    {
        lock (_lock)
        {
            _awaitedWelcomes?.Remove(node);
            if (_awaitedWelcomes is not { Count: 0 }) return;
        }

        _welcomed.TrySetResult();
    }

    private void Ended(PeerNotice notice, SessionOrigin reason)
    {
        foreach (var item in notice.Items)
        {
            // In this order: who sees the mark finds the reason.
            Hints.Add(item.Id, reason);
            Marks.Mark(item.Prefix);
            Outbox.Tell(notice.From, PeerNoticeKind.HeardEnd, item);
            if (_host.Watches.Find(item.Id) is { } session) _ = _host.ReadAgain(session);
        }
    }

    // What fails here is asked for again, or waited out.
    private async Task WelcomeAsync(NodeId node)
    {
        try
        {
            await _host.FlushAll().ConfigureAwait(false);
            Outbox.Tell(node, PeerNoticeKind.Welcome);
        }
        catch (BackingStoreException failure)
        {
            Log.PeerNotAnswered(_logger, failure);
        }
    }

    private async Task FlushForAsync(NodeId node, PeerItem item)
    {
        try
        {
            await _host.FlushNow(item).ConfigureAwait(false);
            Outbox.Tell(node, PeerNoticeKind.Flushed, item with { Version = 0 });
        }
        catch (BackingStoreException failure)
        {
            Log.PeerNotAnswered(_logger, failure);
        }
    }

    private Task<bool> LookAsync()
    {
        lock (_lock)
        {
            // Unknown nodes come with made-up stamps too.
            if (_look is { } look && (!look.IsCompleted || _clock.NowMs < _nextLookMs)) return look;
            _nextLookMs = _clock.NowMs + LookEveryMs;
            return _look = LookOnceAsync();
        }
    }

    private async Task<bool> LookOnceAsync()
    {
        try
        {
            var nodes = await _link.ReadNodesAsync(_stop.Token).ConfigureAwait(false);
            ((ISessionPeerReceiver)this).NodesAre(nodes);
            return true;
        }
        catch (Exception failure) when (failure is BackingStoreException or OperationCanceledException)
        {
            Log.PeersNotRead(_logger, failure);
            return false;
        }
    }
}
