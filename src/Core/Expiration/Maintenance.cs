using HybridSession.Diagnostics;
using HybridSession.Hot;
using HybridSession.Quarantine;
using HybridSession.Resilience;
using HybridSession.WriteBehind;
using Microsoft.Extensions.Logging;

namespace HybridSession.Expiration;

/// <summary>
/// What is done now and then: expired rows are pruned, removals that the store has not confirmed are repeated, and the quarantine is swept.
/// </summary>
internal sealed class Maintenance(
    ISessionBackingStore store, StoreCircuit circuit, PendingRemovals removals, QuarantineSweep quarantine, ExpirationPolicy expiration, SessionEngineOptions options, ILogger logger)
{
    private readonly Signal _storeIsBack = new();

    private const long RemovalRetryMs = 5_000;

    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(5);

    private SessionClock Clock => circuit.Clock;

    // The moved expiries that waited through an outage reach the table within a touch interval of its end; before that the table would log people out.
    private bool MayPrune => !circuit.IsAway && (circuit.LastClosedMs == 0 || Clock.NowMs - circuit.LastClosedMs > 2 * expiration.TouchInterval.TotalMilliseconds);

    /// <summary>The store answers again: removals that wait are repeated at once.</summary>
    public void StoreIsBack() => _storeIsBack.Set();

    /// <summary>Prunes now and then, until stopped.</summary>
    public async Task RunPruningAsync(CancellationToken stop)
    {
        var nextPruneMs = Clock.NowMs + Pause(options.SweepInterval, Random.Shared.NextDouble());
        try
        {
            while (true)
            {
                await Task.Delay(Tick < options.SweepInterval ? Tick : options.SweepInterval, Clock.Time, stop).ConfigureAwait(false);
                if (Clock.NowMs < nextPruneMs || !MayPrune) continue;
                await PruneAsync(stop).ConfigureAwait(false);
                nextPruneMs = Clock.NowMs + Pause(options.SweepInterval, Random.Shared.NextDouble());
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The end of the loop.
        }
    }

    /// <summary>Repeats removals that the store has not confirmed and sweeps the quarantine, now and then and when the store is back, until stopped.</summary>
    public async Task RunRepeatsAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await _storeIsBack.WaitAsync(Tick, Clock.Time, stop).ConfigureAwait(false);
                await RepeatRemovalsAsync(stop).ConfigureAwait(false);
                if (!circuit.IsAway) await quarantine.RunOnceAsync(stop).ConfigureAwait(false);
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
            var pruned = await store.PruneAsync(expiration.Grace, stop).ConfigureAwait(false);
            if (pruned > 0) Log.Pruned(logger, pruned);
        }
        catch (Exception failure) when (!stop.IsCancellationRequested)
        {
            Log.PruneFailed(logger, failure);
        }
    }

    private async Task RepeatRemovalsAsync(CancellationToken stop)
    {
        foreach (var key in removals.OlderThan(Clock.NowMs, RemovalRetryMs))
        {
            if (circuit.IsAway) return;
            try
            {
                await store.RemoveAsync(key, stop).ConfigureAwait(false);
                removals.Done(key);
            }
            catch (Exception failure) when (!stop.IsCancellationRequested)
            {
                Log.RemovalFailed(logger, key, failure);
            }
        }
    }

    /// <summary>The milliseconds until the next pruning: half to one and a half times the interval, since nodes that started together should not prune together. Pure.</summary>
    /// <param name="interval">The mean.</param>
    /// <param name="random">From 0 to below 1.</param>
    internal static long Pause(TimeSpan interval, double random) => (long)(interval.TotalMilliseconds * (0.5 + random));
}
