using HybridSession.Consistency;
using HybridSession.Diagnostics;
using HybridSession.Expiration;
using HybridSession.Hot;
using HybridSession.Payload;
using HybridSession.Quarantine;
using HybridSession.Resilience;
using HybridSession.Users;
using HybridSession.WriteBehind;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HybridSession;

/// <summary>
/// Opens, changes, stores and removes the sessions of this node. Wiring only: when to flush is <see cref="FlushSchedule"/>'s, what a session's state
/// is the <see cref="SessionShard"/>'s, what expires the <see cref="ExpirationPolicy"/>'s. Thread-safe.
/// </summary>
internal sealed partial class SessionEngine : IDisposable
{
    private readonly ISessionBackingStore _store;
    private readonly SessionClock _clock;
    private readonly ExpirationPolicy _expiration;
    private readonly HotSet _hot;
    private readonly EndedSessions _ended = new();
    private readonly PendingRemovals _removals = new();
    private readonly Backlog _backlog;
    private readonly MemoryQuarantine _quarantine;
    private readonly SessionShard[] _shards;
    private readonly TouchQueue[] _touches;
    private readonly Flusher[] _flushers;
    private readonly SessionLoader _loader;
    private readonly LoadGate _loadGate;
    private readonly StoreCircuit _circuit;
    private readonly StoreProber _prober;
    private readonly Maintenance _maintenance;
    private readonly DeadLetterWriter _letters;
    private readonly SessionMetrics _metrics;
    private readonly ILogger _logger;
    private readonly SessionCluster? _cluster;
    private readonly RemovalWatches _watches = new();

    public SessionEngine(
        IOptions<SessionEngineOptions> options, ISessionBackingStore store, TimeProvider time, SessionMetrics metrics, ILogger<SessionEngine> logger, StoreCircuit? circuit = null, ISessionPeerLink? link = null, ISessionLocks? locks = null)
    {
        (Options, _metrics, _logger) = (options.Value, metrics, logger);
        _circuit = circuit ?? new StoreCircuit(new SessionClock(time));
        _clock = _circuit.Clock;
        if (link is not null && Options.Cluster.Enabled)
        {
            _cluster = new SessionCluster(link, Node, Options, new ClusterHost(FlushNowAsync, FlushAllAsync, session => ConfirmAsync(session).AsTask(), _watches), _clock, metrics, logger);
            store = new AnnouncingBackingStore(store, _cluster);
        }

        _exclusive = new ExclusiveTurns(Options.Exclusive, locks, () => HasPeers, _circuit, metrics, logger);
        _store = store;
        _expiration = new ExpirationPolicy(Options.IdleTimeout, Options.AbsoluteLifetime);
        _hot = new HotSet(Options.MaxHotBytes, Options.IdleTimeout);
        _backlog = new Backlog(Options.MaxDirtyBytes);
        _quarantine = new MemoryQuarantine(Options.MaxQuarantineBytes);
        _shards = new SessionShard[Options.Flushers];
        _touches = new TouchQueue[Options.Flushers];
        _flushers = new Flusher[Options.Flushers];
        for (var i = 0; i < _shards.Length; i++)
        {
            _shards[i] = new SessionShard(_hot, _ended, _removals, _backlog, _quarantine, _expiration, _clock, Node, Options, _watches, _cluster);
            _touches[i] = new TouchQueue(_shards[i], _expiration, _clock, logger);
            _flushers[i] = new Flusher(_shards[i], _touches[i], store, _circuit, Options, _clock, metrics, logger);
        }

        _loader = new SessionLoader(store, ShardOf, _cluster?.Marks);
        _loadGate = new LoadGate(Options.Resilience.Loads, time);
        _prober = new StoreProber(store, _circuit, Options.Resilience, logger);
        _circuit.Opened += OnStoreAway;
        _circuit.Closed += OnStoreBack;
        _letters = new DeadLetterWriter(store, _quarantine, ShardOf, _clock, Node, logger);
        Quarantine = new SessionQuarantine(store, _quarantine, _letters, _hot, ShardOf, CommitDurablyAsync, new LetterReplay(store, _expiration, NodeId.Create()), metrics, logger);
        var sweep = new QuarantineSweep(store, _quarantine, _letters, ShardOf, _expiration, _clock, logger);
        _maintenance = new Maintenance(store, _circuit, _removals, sweep, _expiration, Options, logger);
        Administration = new SessionAdministration(this);
        metrics.Observe(_hot, _backlog, _quarantine, Unconfirmed);
    }

    public SessionEngineOptions Options { get; }

    /// <summary>This process, as the payloads it writes name it.</summary>
    public NodeId Node { get; } = NodeId.Create();

    /// <summary>What the store refused, for those who operate it.</summary>
    public ISessionQuarantine Quarantine { get; }

    /// <summary>The sessions of all nodes, for those who look after users.</summary>
    public ISessionAdministration Administration { get; }

    /// <summary>A new, empty session with a fresh token, known to nobody; no I/O.</summary>
    public LiveSession Create()
    {
        var token = SessionToken.Create();
        var now = _clock.NowMs;
        var session = new LiveSession(token, token.ToKey(), token.Encode(), PackedSession.Empty, baseVersion: 0, createdMs: now, lastAccessMs: now, storedExpiresAtMs: now);
        if (_cluster is { } cluster) session.WasRead(cluster.Marks.Now);
        return session;
    }

    /// <summary>
    /// Waits until every change made to the session so far has reached the durability level. <see cref="Durability.WriteBehind"/> completes
    /// synchronously unless the backlog is full.
    /// </summary>
    /// <exception cref="BackingStoreException">The store failed; the change stays in memory and is tried again.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, or <see cref="SessionEngineOptions.IOTimeout"/> has passed.</exception>
    public ValueTask CommitAsync(LiveSession session, Durability durability, CancellationToken cancellationToken)
    {
        if (durability == Durability.WriteBehind)
            return _backlog.IsFull ? WaitForRoomAsync(cancellationToken) : default;
        if (!session.IsStored) return BirthAsync(session, cancellationToken);

        var stored = ShardOf(session.Key).WaitUntilStored(session);
        if (stored.IsCompletedSuccessfully) return default;
        return _circuit.IsAway ? ValueTask.FromException(StoreCircuit.Refusal()) : new ValueTask(WithinIOTimeout(stored, "store a change", cancellationToken));
    }

    /// <summary>Stores a new session, together with everything else that waits. Only then may its token leave. May give the session another token first.</summary>
    /// <exception cref="BackingStoreException">The store failed; the session stays new and may be tried again.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, or <see cref="SessionEngineOptions.IOTimeout"/> has passed; the session stays new.</exception>
    public async ValueTask BirthAsync(LiveSession session, CancellationToken cancellationToken)
    {
        if (session.IsStored || session.IsEnded) return;
        if (_circuit.IsAway) throw StoreCircuit.Refusal();

        while (session.Payload is { Version: 0 } empty && !session.TryReplace(empty, empty.WithTip(1, Node)))
        {
        }

        try
        {
            await WithinIOTimeout(ShardOf(session.Key).EnqueueBirth(session), "store a new session", cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            ShardOf(session.Key).AbandonBirth(session);
            throw;
        }
    }

    /// <summary>Sessions that the store has not confirmed yet, and the age of the oldest change among them.</summary>
    public (int Count, TimeSpan OldestAge) Unconfirmed()
    {
        var count = 0;
        var oldest = TimeSpan.Zero;
        foreach (var shard in _shards)
        {
            var (more, age) = shard.Unconfirmed();
            count += more;
            if (age > oldest) oldest = age;
        }

        return (count, oldest);
    }

    /// <summary>Throws when the engine's state contradicts itself. For tests.</summary>
    public void CheckInvariants()
    {
        for (var i = 0; i < _shards.Length; i++) _shards[i].CheckInvariants(i);
    }

    /// <summary>Sessions in quarantine of which the store has no dead letter yet.</summary>
    public int QuarantinedWithoutLetter => _quarantine.CountWithoutLetter;

    /// <summary>Bytes of sessions that the store has not confirmed, and of the hot set.</summary>
    public (long Dirty, long Hot) Memory => (_backlog.Bytes, _hot.Bytes);

    /// <summary>Takes a share of the clean sessions out of memory, least recently used first.</summary>
    public void Compact(double share) => _hot.Compact(share);

    private Task CommitDurablyAsync(LiveSession session, CancellationToken cancellationToken) => CommitAsync(session, Durability.Durable, cancellationToken).AsTask();

    private SessionShard ShardOf(SessionKey key) => _shards[key.ShardOf(_shards.Length)];

    private OpenResult Use(LiveSession session, SessionOrigin origin)
    {
        if (_expiration.Judge(_clock.NowMs, session.Lifespan) is not { } over) return new OpenResult(session, origin);
        _hot.Evict(session);
        return new OpenResult(null, over);
    }

    // Slides the idle expiry; the row is told now and then.
    private void Extend(LiveSession session)
    {
        session.Access(_clock.NowMs);
        var span = session.Lifespan;
        if (_expiration.NeedsTouch(_expiration.ExpiresAtMs(span), session.StoredExpiresAtMs, span.Terms) && session.TryRequestTouch())
            _touches[session.Key.ShardOf(_touches.Length)].Add(session);
    }

    private async ValueTask WaitForRoomAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Options.IOTimeout, _clock.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await _backlog.WaitForRoomAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw BacklogFull("The change stays in memory, but more is not taken on");
        }
    }

    private SessionBacklogFullException BacklogFull(string consequence)
    {
        var (count, oldest) = Unconfirmed();
        return new SessionBacklogFullException(
            $"The write-behind backlog is full ({_backlog.Bytes} bytes in {count} sessions, oldest change {oldest.TotalSeconds:F0} s old; MaxDirtyBytes is {Options.MaxDirtyBytes}). "
            + $"{consequence} until the backing store catches up: restore the store, or raise MaxDirtyBytes.");
    }

    // Work that is also told to stop when nobody waits for it any more.
    private async Task<T> WithinIOTimeout<T>(Func<CancellationToken, Task<T>> begin, string what, CancellationToken cancellationToken)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var work = begin(stop.Token);
        try
        {
            return await WithinIOTimeout(work, what, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The store may need a moment to let go of a cancelled call; the request does not wait for that.
            await stop.CancelAsync().ConfigureAwait(false);
            _ = work.ContinueWith(static ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            throw;
        }
    }

    private async Task<T> WithinIOTimeout<T>(Task<T> work, string what, CancellationToken cancellationToken)
    {
        await WithinIOTimeout((Task)work, what, cancellationToken).ConfigureAwait(false);
        return await work.ConfigureAwait(false);
    }

    private async Task WithinIOTimeout(Task work, string what, CancellationToken cancellationToken)
    {
        try
        {
            await work.WaitAsync(Options.IOTimeout, _clock.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException timeout)
        {
            throw new OperationCanceledException(
                $"The backing store took longer than IOTimeout ({Options.IOTimeout}) to {what}. Look at the store's health and latency, or raise IOTimeout.", timeout);
        }
    }
}
