using HybridSession.Diagnostics;
using HybridSession.Expiration;
using HybridSession.Hot;
using Microsoft.Extensions.Logging;

namespace HybridSession.WriteBehind;

/// <summary>
/// The sessions of one shard whose expiry moved in memory by so much that the row should know. Losing a touch costs nothing but an earlier expiry; what the
/// store did not take is kept all the same, so that an outage ends no session that was in use. Thread-safe.
/// </summary>
internal sealed class TouchQueue(SessionShard shard, ExpirationPolicy expiration, SessionClock clock, ILogger logger)
{
    private const int MaxBatch = 5_000;

    private readonly Lock _lock = new();
    private List<LiveSession> _waiting = [];
    private long _dueMs;
    private long _pausedUntilMs;

    public bool IsEmpty
    {
        get
        {
            lock (_lock) return _waiting.Count == 0;
        }
    }

    public void Add(LiveSession session)
    {
        var dueMs = clock.NowMs + expiration.TouchIntervalMs(session.Terms);
        bool isSooner;
        lock (_lock)
        {
            isSooner = _waiting.Count == 0 || dueMs < _dueMs;
            if (isSooner) _dueMs = dueMs;
            _waiting.Add(session);
        }

        if (isSooner) shard.Wake.Set();
    }

    /// <summary>How long the touches that wait may still gather; infinite when none waits.</summary>
    public TimeSpan DelayBeforeFlush()
    {
        lock (_lock)
        {
            if (_waiting.Count == 0) return Timeout.InfiniteTimeSpan;
            var now = clock.NowMs;
            var dueMs = _waiting.Count >= MaxBatch ? now : _dueMs;
            var left = TimeSpan.FromMilliseconds(Math.Max(dueMs, _pausedUntilMs) - now);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>Writes the touches that wait, when their time has come or <paramref name="force"/> says so. False when the store failed: they wait on.</summary>
    public async Task<bool> TryFlushAsync(ISessionBackingStore store, CancellationToken cancellationToken, bool force = false)
    {
        var batch = Take(force);
        if (batch.Count == 0) return true;

        var now = clock.NowMs;
        var moved = new List<(LiveSession Session, long ExpiresAtMs)>(batch.Count);
        var touches = new List<SessionTouch>(batch.Count);
        foreach (var session in batch)
        {
            // A flush carries the expiry along, and an ended session has none.
            if (session.IsEnded || session.IsQueued || !session.IsStored)
            {
                session.TouchDone();
                continue;
            }

            var expiresAt = expiration.ExpiresAtMs(session.Lifespan);
            moved.Add((session, expiresAt));
            touches.Add(new SessionTouch(session.Key, session.BaseVersion, TimeSpan.FromMilliseconds(expiresAt - now)));
        }

        if (touches.Count == 0) return true;
        try
        {
            var missed = await store.TouchAsync(touches, cancellationToken).ConfigureAwait(false);
            foreach (var (session, _) in moved) session.TouchDone();
            Settle(moved, missed);
            return true;
        }
        catch (Exception failure)
        {
            PutBack(moved, failure);
            if (failure is not BackingStoreException && cancellationToken.IsCancellationRequested) throw;
            if (failure is not BackingStoreException { Failure: BackingStoreFailure.CircuitOpen }) Log.TouchFailed(logger, touches.Count, failure);
            return false;
        }
    }

    private void PutBack(List<(LiveSession Session, long)> moved, Exception failure)
    {
        if (failure is BackingStoreException { Failure: BackingStoreFailure.Data })
        {
            foreach (var (session, _) in moved) session.TouchDone();
            return;
        }

        lock (_lock)
        {
            _waiting.InsertRange(0, moved.Select(static m => m.Session));
            _pausedUntilMs = _dueMs = clock.NowMs + expiration.TouchIntervalMs(default);
        }
    }

    private List<LiveSession> Take(bool force)
    {
        if (!force && DelayBeforeFlush() != TimeSpan.Zero) return [];
        lock (_lock)
        {
            var batch = _waiting;
            if (batch.Count <= MaxBatch)
            {
                _waiting = [];
                return batch;
            }

            _waiting = batch[MaxBatch..];
            return batch[..MaxBatch];
        }
    }

    private void Settle(List<(LiveSession Session, long ExpiresAtMs)> moved, IReadOnlyList<SessionKey> missed)
    {
        var misses = missed.Count == 0 ? null : new HashSet<SessionKey>(missed);
        foreach (var (session, expiresAt) in moved)
        {
            if (misses is null || !misses.Contains(session.Key)) session.StoredExpiresAtMs = expiresAt;
            // Missed because of this node's own flush meanwhile: that one moved the expiry. Otherwise the row is stale here, or gone.
            else if (!session.IsInFlight && !session.IsQueued) shard.Distrust(session.Key, session.TokenText);
        }
    }
}
