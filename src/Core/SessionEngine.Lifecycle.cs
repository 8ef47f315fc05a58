using HybridSession.Diagnostics;
using HybridSession.Quarantine;
using HybridSession.Resilience;

namespace HybridSession;

// Start, drain, stop.
internal sealed partial class SessionEngine
{
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _stopProbing = new();
    private Task[] _loops = [];
    private Task _probing = Task.CompletedTask;
    private volatile EnginePhase _phase;

    /// <summary>What the engine is doing now. Walks over the sessions that wait to be stored: not for every request.</summary>
    public EngineStatus Status
    {
        get
        {
            var (count, oldest) = Unconfirmed();
            return new EngineStatus(_phase, _circuit.IsAway ? StoreState.Away : StoreState.Available, count, _backlog.Bytes, _backlog.IsFull, oldest);
        }
    }

    /// <summary>Makes the store ready and starts the flushers, the loader and the maintenance.</summary>
    /// <exception cref="BackingStoreException">The store is not usable; the message says what to do.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _store.InitializeAsync(cancellationToken).ConfigureAwait(false);
        StartLoops();
        if (_cluster is not null) await _cluster.JoinAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Starts the loops alone, over a store that is ready.</summary>
    public void StartLoops()
    {
        _loops =
        [
            .. _flushers.Select(flusher => KeepRunningAsync(flusher.RunAsync, "flusher", _stop.Token)),
            .. Enumerable.Range(0, Options.Resilience.Loads.MaxConcurrent).Select(_ => KeepRunningAsync(_loader.RunAsync, "loader", _stop.Token)),
            KeepRunningAsync(_letters.RunAsync, "dead letters", _stop.Token),
            KeepRunningAsync(_maintenance.RunPruningAsync, "pruning", _stop.Token),
            KeepRunningAsync(_maintenance.RunRepeatsAsync, "repeats", _stop.Token),
        ];
        _probing = KeepRunningAsync(_prober.RunAsync, "prober", _stopProbing.Token);
        _phase = EnginePhase.Running;
    }

    /// <summary>The application is about to stop: from now on this node is not ready for new clients.</summary>
    public void BeginDrain()
    {
        if (_phase is EnginePhase.Starting or EnginePhase.Running) _phase = EnginePhase.Draining;
    }

    /// <summary>Flushes until nothing waits or the deadline passes. Returns how many sessions are left.</summary>
    /// <param name="deadline">When cancelled, no further attempt is made.</param>
    public async Task<int> DrainAsync(CancellationToken deadline)
    {
        try
        {
            await Task.WhenAll(_flushers.Select((flusher, i) => DrainShardAsync(i, deadline))).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            // What is left is counted and reported below.
        }

        return Unconfirmed().Count;
    }

    /// <summary>Drains, stops the loops and reports what could not be stored.</summary>
    public async Task StopAsync(CancellationToken deadline)
    {
        BeginDrain();
        var (waiting, _) = Unconfirmed();
        await _stop.CancelAsync().ConfigureAwait(false);
        try
        {
            await Task.WhenAll(_loops).WaitAsync(deadline).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            // A flush that hangs is not waited for beyond the host's deadline; its sessions are among those reported.
        }

        var left = await DrainAsync(deadline).ConfigureAwait(false);
        await WriteLettersAsync(deadline).ConfigureAwait(false);
        if (left == 0 && Unconfirmed().Count > 0)
        {
            // A letter was replayed or discarded by somebody else: its session is stored anew, or refused anew.
            left = await DrainAsync(deadline).ConfigureAwait(false);
            await WriteLettersAsync(deadline).ConfigureAwait(false);
        }

        if (_cluster is not null) await _cluster.LeaveAsync(isStored: left == 0, deadline).ConfigureAwait(false);
        await _stopProbing.CancelAsync().ConfigureAwait(false);
        await _probing.WaitAsync(deadline).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _phase = EnginePhase.Stopped;
        ReportQuarantine();
        if (left == 0)
        {
            Log.Drained(_logger, waiting);
            return;
        }

        var (count, oldest) = Unconfirmed();
        _metrics.Lost(count, "shutdown");
        Log.DrainIncomplete(_logger, count, oldest.TotalSeconds);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stopProbing.Cancel();
        _stop.Dispose();
        _stopProbing.Dispose();
        _cluster?.Dispose();
        _circuit.Opened -= OnStoreAway;
        _circuit.Closed -= OnStoreBack;
        _prober.Dispose();
        foreach (var flusher in _flushers) flusher.Dispose();
        _letters.Dispose();
        _hot.Dispose();
    }

    // The circuit has opened: nobody waits for what will not be tried.
    private void OnStoreAway()
    {
        foreach (var shard in _shards) shard.FailWaiters(StoreCircuit.Refusal());
    }

    private void OnStoreBack()
    {
        foreach (var flusher in _flushers) flusher.StoreIsBack();
        _maintenance.StoreIsBack();
    }

    private async Task WriteLettersAsync(CancellationToken deadline)
    {
        try
        {
            await _letters.WriteAsync(deadline).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            // What has no letter by then is reported.
        }
    }

    // What the store refuses cannot be drained: it waits as a dead letter, or is lost with this process.
    private void ReportQuarantine()
    {
        var lost = _quarantine.CountWithoutLetter;
        var kept = _quarantine.Count - lost;
        if (kept > 0) Log.QuarantineKept(_logger, kept);
        if (lost == 0) return;
        _metrics.Lost(lost, "quarantine");
        Log.QuarantineLost(_logger, lost);
    }

    private async Task DrainShardAsync(int index, CancellationToken deadline)
    {
        while (_shards[index].Unconfirmed().Count > 0)
        {
            deadline.ThrowIfCancellationRequested();
            // With the circuit open the prober goes on asking, and closes it. What is parked, or in flight in the loop, takes its time.
            if (_circuit.IsAway || !await _flushers[index].FlushOnceAsync(deadline).ConfigureAwait(false) || (_shards[index].Look().Queued == 0 && _shards[index].Unconfirmed().Count > 0))
                await Task.Delay(TimeSpan.FromMilliseconds(100), _clock.Time, deadline).ConfigureAwait(false);
        }

        while (!_touches[index].IsEmpty && await _touches[index].TryFlushAsync(_store, deadline, force: true).ConfigureAwait(false))
        {
        }
    }

    // A loop that ended would be a node that silently stores nothing more.
    private async Task KeepRunningAsync(Func<CancellationToken, Task> loop, string name, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await loop(stop).ConfigureAwait(false);
            }
            catch (Exception failure) when (!stop.IsCancellationRequested)
            {
                Log.LoopFailed(_logger, name, failure);
                await Task.Delay(TimeSpan.FromSeconds(1), _clock.Time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception failure)
            {
                // What it was doing when the stop came ended in a failure; there is nothing left to start again.
                Log.LoopEnded(_logger, name, failure);
            }
        }
    }
}
