using HybridSession.Expiration;

namespace HybridSession.Consistency;

/// <summary>What this node knows of another one that has a change which it lacks.</summary>
internal enum PeerState
{
    /// <summary>It is this node.</summary>
    Self,

    /// <summary>It holds its lock: it can be asked.</summary>
    Alive,

    /// <summary>It cannot be asked, and may all the same be about to store the change: its link or this node's broke, or it never had one. It stores what it has within its promise.</summary>
    Uncertain,

    /// <summary>It is alive and did not answer a moment ago.</summary>
    Silent,

    /// <summary>It has left, after it had stored what it could: what is not there is lost.</summary>
    Gone,
}

/// <summary>
/// The nodes of the site as this one knows them: who is alive, who has gone, who does not answer, and whether this node hears them at all. No I/O; thread-safe.
/// </summary>
internal sealed class Peers
{
    private const long SilentMs = 5_000;
    private const int MaxRemembered = 1_000;

    // A node that vanished has died, or its link broke and it goes on: for so long nobody takes himself to be alone because of that.
    private const long VanishedMs = 60_000;

    // An answer about who is alive may be older than the word of a node that came.
    private const long FreshMs = 1_000;

    private static readonly TimeSpan LeastStoringTime = TimeSpan.FromSeconds(1);

    private readonly NodeId _self;
    private readonly SessionClock _clock;
    private readonly Lock _lock = new();
    private readonly Dictionary<NodeId, long> _alive = [];
    private readonly Dictionary<NodeId, long> _vanishedMs = [];
    private readonly HashSet<NodeId> _left = [];
    private readonly Dictionary<NodeId, long> _silentUntilMs = [];
    private long _heardMs;
    private volatile bool _isLinked;
    private volatile bool _hasOthers = true;

    /// <param name="self">This node.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="maxDirtyAge">How long a node may keep a change to itself.</param>
    public Peers(NodeId self, SessionClock clock, TimeSpan maxDirtyAge)
    {
        (_self, _clock) = (self, clock);
        StoringTime = 5 * maxDirtyAge > LeastStoringTime ? 5 * maxDirtyAge : LeastStoringTime;
        _heardMs = clock.NowMs;
    }

    /// <summary>How long a node that cannot be asked may take to store what it has.</summary>
    public TimeSpan StoringTime { get; }

    /// <summary>This node hears the others.</summary>
    public bool IsLinked => _isLinked;

    /// <summary>There are other nodes, or there may be: this node has never heard whether. One that was alone when its link broke still takes itself to be.</summary>
    public bool HasOthers => _hasOthers;

    /// <summary>How many other nodes are alive.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _alive.Count;
        }
    }

    /// <summary>The other nodes that are alive and answer.</summary>
    public List<NodeId> Alive()
    {
        lock (_lock)
        {
            var now = _clock.NowMs;
            return [.. _alive.Keys.Where(node => !_silentUntilMs.TryGetValue(node, out var until) || until <= now)];
        }
    }

    /// <summary>How long this node has not heard the others; zero while it does.</summary>
    public TimeSpan DeafFor => _isLinked ? TimeSpan.Zero : TimeSpan.FromMilliseconds(_clock.NowMs - Volatile.Read(ref _heardMs));

    /// <summary>The link works.</summary>
    public void Joined(IEnumerable<NodeId> nodes)
    {
        lock (_lock)
        {
            SetLocked(nodes);
            _isLinked = true;
        }
    }

    /// <summary>The link broke.</summary>
    public void Lost()
    {
        Volatile.Write(ref _heardMs, _clock.NowMs);
        _isLinked = false;
    }

    /// <summary>Who is alive. True when a node has gone without a word: what it had announced to nobody may have been stored.</summary>
    public bool NodesAre(IEnumerable<NodeId> nodes)
    {
        lock (_lock) return SetLocked(nodes);
    }

    /// <summary>A node has said that it is there.</summary>
    public void Came(NodeId node)
    {
        if (node == _self) return;
        lock (_lock)
        {
            _alive[node] = _clock.NowMs;
            _vanishedMs.Remove(node);
            _left.Remove(node);
            _hasOthers = true;
        }
    }

    /// <summary>A node has stored what it had and left.</summary>
    public void Left(NodeId node)
    {
        lock (_lock)
        {
            _alive.Remove(node);
            _vanishedMs.Remove(node);
            if (_left.Count >= MaxRemembered) _left.Clear();
            _left.Add(node);
            CountLocked();
        }
    }

    /// <summary>A node did not answer.</summary>
    public void WasSilent(NodeId node)
    {
        lock (_lock)
        {
            if (_silentUntilMs.Count >= MaxRemembered) _silentUntilMs.Clear();
            _silentUntilMs[node] = _clock.NowMs + SilentMs;
        }
    }

    /// <summary>A node has answered.</summary>
    public void WasHeard(NodeId node)
    {
        lock (_lock)
            if (_silentUntilMs.Count > 0) _silentUntilMs.Remove(node);
    }

    /// <summary>True when a look at the nodes may tell more of this one.</summary>
    public bool IsUnknown(NodeId node)
    {
        lock (_lock) return node != _self && !_alive.ContainsKey(node) && !_vanishedMs.ContainsKey(node) && !_left.Contains(node);
    }

    public PeerState Judge(NodeId node)
    {
        if (node == _self) return PeerState.Self;
        lock (_lock)
        {
            var now = _clock.NowMs;
            if (_silentUntilMs.TryGetValue(node, out var until) && until > now) return PeerState.Silent;
            if (!_isLinked) return PeerState.Uncertain;
            if (_alive.ContainsKey(node)) return PeerState.Alive;
            return _left.Contains(node) ? PeerState.Gone : PeerState.Uncertain;
        }
    }

    private bool SetLocked(IEnumerable<NodeId> nodes)
    {
        var now = _clock.NowMs;
        var present = nodes.Where(node => node != _self).ToHashSet();
        var gone = _alive.Where(known => !present.Contains(known.Key) && now - known.Value > FreshMs).Select(known => known.Key).ToArray();
        foreach (var node in gone)
        {
            _alive.Remove(node);
            if (_vanishedMs.Count >= MaxRemembered) _vanishedMs.Clear();
            _vanishedMs[node] = now;
        }

        foreach (var node in present)
        {
            _alive.TryAdd(node, now - FreshMs);
            _vanishedMs.Remove(node);
        }

        CountLocked();
        return gone.Length > 0;
    }

    private void CountLocked()
    {
        var now = _clock.NowMs;
        foreach (var node in _vanishedMs.Where(known => now - known.Value > VanishedMs).Select(known => known.Key).ToArray()) _vanishedMs.Remove(node);
        _hasOthers = _alive.Count > 0 || _vanishedMs.Count > 0;
    }
}
