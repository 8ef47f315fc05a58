using HybridSession.Diagnostics;
using HybridSession.Expiration;
using HybridSession.Hot;
using HybridSession.Resilience;
using Microsoft.Extensions.Logging;

namespace HybridSession.WriteBehind;

/// <summary>
/// Writes the dirty sessions of one shard, one batch at a time: whatever becomes dirty while a batch is in flight forms the next.
/// </summary>
internal sealed class Flusher(
    SessionShard shard, TouchQueue touches, ISessionBackingStore store, StoreCircuit circuit, SessionEngineOptions options, SessionClock clock, SessionMetrics metrics, ILogger logger) : IDisposable
{
    // A batch beyond this is latency for everybody behind it and gains nothing.
    private const long MaxBatchBytes = 16L * 1024 * 1024;

    private readonly FlushSchedule _schedule = new(options.MaxDirtyAge, options.FlushBatchSize);
    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private RefusalTally _refusals;
    private long _lastFailureMs;
    private volatile bool _isBack;

    /// <summary>The store answers again: what waits is tried at once, whatever pause was left.</summary>
    public void StoreIsBack()
    {
        _isBack = true;
        shard.Wake.Set();
    }

    /// <summary>Flushes as the schedule says until stopped. A flush under way when the stop comes is finished.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var delay = DelayBeforeNext();
            if (delay > TimeSpan.Zero || delay == Timeout.InfiniteTimeSpan)
            {
                try
                {
                    await shard.Wake.WaitAsync(delay, clock.Time, stop).ConfigureAwait(false);
                }
                catch (OperationCanceledException) when (stop.IsCancellationRequested)
                {
                    return;
                }

                continue;
            }

            await FlushOnceAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Flushes one batch, and the touches that wait.</summary>
    /// <returns>False when the store failed; what was taken waits again.</returns>
    public async Task<bool> FlushOnceAsync(CancellationToken cancellationToken)
    {
        await _oneAtATime.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            _isBack = false;
            var batch = shard.TakeBatch(_schedule.BatchSize, MaxBatchBytes);
            if (batch.Count > 0 && !await TryWriteAllAsync(batch, cancellationToken).ConfigureAwait(false)) return false;
            return await touches.TryFlushAsync(store, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _oneAtATime.Release();
            // When this was not the loop's own doing: what waits again now, the loop may have looked for meanwhile and not found.
            shard.Wake.Set();
        }
    }

    public void Dispose() => _oneAtATime.Dispose();

    private TimeSpan DelayBeforeNext()
    {
        // Nothing would be attempted, and who waits is told without a flush.
        if (circuit.IsAway) return Timeout.InfiniteTimeSpan;

        var (queued, oldestAge, isUrgent, untilUnpark) = shard.Look();
        // Touches go after a flush that succeeded: while the store fails they wait out the same pause.
        var untilTouch = queued == 0 || _schedule.ConsecutiveFailures == 0 ? touches.DelayBeforeFlush() : Timeout.InfiniteTimeSpan;
        var untilOther = Sooner(untilTouch, untilUnpark);
        if (queued == 0) return untilOther;

        var sinceFailure = _isBack ? TimeSpan.MaxValue : TimeSpan.FromMilliseconds(clock.NowMs - _lastFailureMs);
        // A waiter does not wait out a pause: with the store still away it hears so at once.
        return isUrgent ? TimeSpan.Zero : Sooner(untilOther, _schedule.DelayBeforeFlush(queued, oldestAge, isUrgent, sinceFailure, Random.Shared.NextDouble()));
    }

    private static TimeSpan Sooner(TimeSpan one, TimeSpan other) => one == Timeout.InfiniteTimeSpan || (other != Timeout.InfiniteTimeSpan && other < one) ? other : one;

    private async Task<bool> TryWriteAllAsync(List<FlushItem> batch, CancellationToken cancellationToken)
    {
        _refusals = default;
        try
        {
            return await TryWriteApartAsync(batch, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ReportRefusals();
        }
    }

    // What was refused before goes by itself: the next refusal costs the others nothing.
    private async Task<bool> TryWriteApartAsync(List<FlushItem> batch, CancellationToken cancellationToken)
    {
        List<FlushItem> refusedBefore = [];
        var others = batch;
        if (batch.Exists(static item => item.Session.IsRefused))
        {
            others = [];
            foreach (var item in batch) (item.Session.IsRefused ? refusedBefore : others).Add(item);
        }

        if (others.Count > 0 && await SettleAsync(others, cancellationToken).ConfigureAwait(false) is { } othersLeft)
        {
            Requeue([.. refusedBefore, .. othersLeft.Unsettled], othersLeft.Failure);
            return false;
        }

        if (refusedBefore.Count == 0 || await SettleAsync(refusedBefore, cancellationToken).ConfigureAwait(false) is not { } left) return true;
        Requeue(left.Unsettled, left.Failure);
        return false;
    }

    // Null when the store has answered for every session.
    private async Task<(BackingStoreException Failure, List<FlushItem> Unsettled)?> SettleAsync(List<FlushItem> batch, CancellationToken cancellationToken)
    {
        var (kind, failure) = await WriteAsync(batch, cancellationToken).ConfigureAwait(false);
        return kind switch
        {
            WriteKind.Answered => null,
            WriteKind.Failed => (failure!, batch),
            _ => await Isolation.RunAsync(batch, failure!, part => WriteAsync(part, cancellationToken), GiveUp).ConfigureAwait(false),
        };
    }

    private async Task<WriteResult> WriteAsync(List<FlushItem> batch, CancellationToken cancellationToken)
    {
        var started = clock.Time.GetTimestamp();
        using var activity = SessionMetrics.StartFlush(batch.Count);
        try
        {
            var outcomes = await store.FlushAsync(Writes(batch), cancellationToken).ConfigureAwait(false);
            var latency = clock.Time.GetElapsedTime(started);
            var tally = shard.Complete(batch, outcomes);
            if (_schedule.ConsecutiveFailures > 0) Log.FlushRecovered(logger, _schedule.ConsecutiveFailures);
            _schedule.Succeeded(latency);
            metrics.Flushed(batch.Count, latency, tally);
            Log.Flushed(logger, batch.Count, tally.Conflict, tally.Gone, tally.Blocked, latency.TotalMilliseconds);
            if (tally.Unreadable > 0) Log.UnreadableConflict(logger, tally.Unreadable);
            return new WriteResult(WriteKind.Answered, null);
        }
        catch (BackingStoreException failure) when (failure.Failure == BackingStoreFailure.Data)
        {
            metrics.FlushRefused(batch.Count, clock.Time.GetElapsedTime(started));
            return new WriteResult(WriteKind.Refused, failure);
        }
        catch (Exception exception)
        {
            var failure = exception as BackingStoreException
                ?? new BackingStoreException("The flush ended without an answer from the backing store.", BackingStoreFailure.Transient, outcomeUnknown: true, exception);
            metrics.FlushFailed(batch.Count, clock.Time.GetElapsedTime(started));
            return new WriteResult(WriteKind.Failed, failure);
        }
    }

    private void Requeue(List<FlushItem> batch, BackingStoreException failure)
    {
        _schedule.Failed(batch.Count, failure.Failure == BackingStoreFailure.Timeout);
        _lastFailureMs = clock.NowMs;
        // The store may hold a row under the old token, of a statement whose answer was lost; that token never left, so nobody can open it.
        foreach (var session in shard.Fail(batch, failure)) Log.BirthRetokened(logger, session.Key);
        // This very failure may have opened the circuit: there will be no further attempt to wait for.
        if (circuit.IsAway) shard.FailWaiters(StoreCircuit.Refusal(failure));
        var (count, oldest) = shard.Unconfirmed();
        if (_schedule.ConsecutiveFailures == 1) Log.FlushFailed(logger, batch.Count, count, oldest.TotalSeconds, failure);
        else Log.FlushFailedAgain(logger, batch.Count, _schedule.ConsecutiveFailures, count, oldest.TotalSeconds);
    }

    // Not with its cause: the text that a server sends with refused data may quote it.
    private void GiveUp(FlushItem item, BackingStoreException failure)
    {
        var refusal = shard.Refuse(item, failure);
        if (refusal.Kind == RefusalKind.Birth) Log.BirthRefused(logger, item.Session.Key, failure.Message);
        else if (refusal.Kind == RefusalKind.RefusedAgain) Log.SessionRefusedAgain(logger, item.Session.Key);
        _refusals = _refusals.With(refusal, item.Session.Key, failure.Message);
    }

    // Once a batch: whoever puts a wrong constraint on the table meets it with every session.
    private void ReportRefusals()
    {
        metrics.Quarantined(_refusals.Quarantined);
        metrics.Lost(_refusals.Lost, "quarantine");
        if (_refusals.Quarantined > 0) Log.SessionQuarantined(logger, _refusals.Quarantined, _refusals.Example, _refusals.Reason!);
        if (_refusals.LetGo > 0) Log.QuarantineFull(logger, _refusals.LetGo, _refusals.Lost);
    }

    private static SessionWrite[] Writes(List<FlushItem> batch)
    {
        var writes = new SessionWrite[batch.Count];
        for (var i = 0; i < writes.Length; i++) writes[i] = batch[i].Write;
        return writes;
    }
}
