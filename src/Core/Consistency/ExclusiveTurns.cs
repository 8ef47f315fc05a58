using HybridSession.Diagnostics;
using HybridSession.Resilience;
using Microsoft.Extensions.Logging;

namespace HybridSession.Consistency;

/// <summary>
/// Lets requests of one session in turn: by a queue of this node and, while there are other nodes, by a lock of the store. Thread-safe.
/// </summary>
internal sealed class ExclusiveTurns(ExclusiveOptions options, ISessionLocks? locks, Func<bool> hasPeers, StoreCircuit circuit, SessionMetrics metrics, ILogger logger)
{
    private readonly TimeProvider _time = circuit.Clock.Time;
    private readonly SessionTurns _turns = new(options.MaxWaiting, circuit.Clock.Time);
    private bool _isToldOfObstacle;

    /// <summary>Sessions whose turn is taken on this node.</summary>
    public int Count => _turns.Count;

    /// <summary>Requests of this node that wait for the turn of a session.</summary>
    public int CountWaiting(SessionKey key) => _turns.CountWaiting(key);

    /// <summary>Waits for the turn of a session.</summary>
    /// <exception cref="BackingStoreException">Other nodes may have it, and the store could not be asked.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the turn is somebody else's.</exception>
    public async ValueTask<ExclusiveEntry> EnterAsync(SessionKey key, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        var (outcome, turn) = await _turns.EnterAsync(key, options.MaxWait, cancellationToken).ConfigureAwait(false);
        ISessionLockLease? lease = null;
        if (turn is not null && hasPeers())
        {
            try
            {
                (outcome, lease) = await LockAsync(key, started, cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                turn.Dispose();
                throw;
            }
        }

        metrics.WaitedForTurn(outcome, _time.GetElapsedTime(started));
        if (outcome == TurnOutcome.Entered) return new ExclusiveEntry(outcome, new ExclusiveTurn(turn!, lease, this));
        turn?.Dispose();
        return new ExclusiveEntry(outcome, null);
    }

    /// <summary>Releases a lock. Whoever comes after the call may try for it already.</summary>
    public async Task ReleaseAsync(ISessionLockLease lease)
    {
        try
        {
            await lease.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            Log.LockNotReleased(logger, failure);
        }

        if (lease.IsLost) metrics.LockLost();
    }

    // No lease: the locks cannot be had, and the queue of this node is all there is.
    private async ValueTask<(TurnOutcome Outcome, ISessionLockLease? Lease)> LockAsync(SessionKey key, long started, CancellationToken cancellationToken)
    {
        if (locks is null)
        {
            TellOfObstacle("The backing store offers no locks.");
            return (TurnOutcome.Entered, null);
        }

        var pause = new LockPause(Random.Shared.NextDouble);
        while (Left(started) is var left && left > TimeSpan.Zero)
        {
            if (circuit.IsAway) throw StoreCircuit.Refusal();
            if (await TryAsync(key, left, cancellationToken).ConfigureAwait(false) is not { } attempt) break;
            if (attempt.Lease is { } lease) return (TurnOutcome.Entered, lease);
            if (attempt.Obstacle is { } obstacle)
            {
                TellOfObstacle(obstacle);
                return (TurnOutcome.Entered, null);
            }

            left = Left(started);
            var next = pause.Next();
            if (left > TimeSpan.Zero) await Task.Delay(next < left ? next : left, _time, cancellationToken).ConfigureAwait(false);
        }

        return (TurnOutcome.Timeout, null);
    }

    // Null when the time was over before the answer came.
    private async ValueTask<SessionLockAttempt?> TryAsync(SessionKey key, TimeSpan left, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(left, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await locks!.TryAcquireAsync(key, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private TimeSpan Left(long started) => options.MaxWait - _time.GetElapsedTime(started);

    private void TellOfObstacle(string obstacle)
    {
        if (!Interlocked.Exchange(ref _isToldOfObstacle, true)) Log.ExclusiveOnThisNodeOnly(logger, obstacle);
    }
}

/// <summary>The turn, or why there is none.</summary>
internal readonly record struct ExclusiveEntry(TurnOutcome Outcome, ExclusiveTurn? Turn);

/// <summary>The turn of a session at an exclusive endpoint.</summary>
internal sealed class ExclusiveTurn(SessionTurns.SessionTurn turn, ISessionLockLease? lease, ExclusiveTurns turns)
{
    private bool _isOver;

    /// <summary>No other node has it either.</summary>
    public bool IsShared => lease is not null;

    /// <summary>Gives it to the next, without a wait for the store. Any further call does nothing.</summary>
    public void End()
    {
        if (Interlocked.Exchange(ref _isOver, true)) return;
        // In this order: the next one of this node tries for the lock.
        if (lease is not null) _ = turns.ReleaseAsync(lease);
        turn.Dispose();
    }
}
