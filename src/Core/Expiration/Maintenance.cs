using HybridSession.Diagnostics;
using HybridSession.Hot;
using HybridSession.Quarantine;
using Microsoft.Extensions.Logging;

namespace HybridSession.Expiration;

/// <summary>
/// What is done now and then: expired rows are pruned, removals that the store has not confirmed are repeated, and the quarantine is swept.
/// </summary>
internal sealed class Maintenance(ISessionBackingStore store, PendingRemovals removals, QuarantineSweep quarantine, SessionEngineOptions options, SessionClock clock, ILogger logger)
{
    private const long RemovalRetryMs = 5_000;

    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LeastGrace = TimeSpan.FromHours(1);

    // Memory may know of a later expiry than the table does, also after an outage: rows are left alone for a while.
    private TimeSpan Grace => options.IdleTimeout > LeastGrace ? options.IdleTimeout : LeastGrace;

    public async Task RunAsync(CancellationToken stop)
    {
        var nextPruneMs = clock.NowMs + Jittered(options.SweepInterval);
        try
        {
            while (true)
            {
                await Task.Delay(Tick < options.SweepInterval ? Tick : options.SweepInterval, clock.Time, stop).ConfigureAwait(false);
                await RepeatRemovalsAsync(stop).ConfigureAwait(false);
                await quarantine.RunOnceAsync(stop).ConfigureAwait(false);
                if (clock.NowMs < nextPruneMs) continue;
                await PruneAsync(stop).ConfigureAwait(false);
                nextPruneMs = clock.NowMs + Jittered(options.SweepInterval);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The end of the loop.
        }
    }

    private async Task PruneAsync(CancellationToken stop)
    {
        try
        {
            var pruned = await store.PruneAsync(Grace, stop).ConfigureAwait(false);
            if (pruned > 0) Log.Pruned(logger, pruned);
        }
        catch (Exception failure) when (!stop.IsCancellationRequested)
        {
            Log.PruneFailed(logger, failure);
        }
    }

    private async Task RepeatRemovalsAsync(CancellationToken stop)
    {
        foreach (var key in removals.OlderThan(clock.NowMs, RemovalRetryMs))
        {
            try
            {
                await store.RemoveAsync(key, stop).ConfigureAwait(false);
                removals.Done(key);
            }
            catch (Exception failure) when (!stop.IsCancellationRequested)
            {
                Log.RemovalFailed(logger, key, failure);
                return;
            }
        }
    }

    // Half to one and a half times: nodes that started together do not prune together.
    private static long Jittered(TimeSpan interval) => (long)(interval.TotalMilliseconds * (0.5 + Random.Shared.NextDouble()));
}
