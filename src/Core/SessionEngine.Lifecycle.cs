using HybridSession.Diagnostics;
using HybridSession.Expiration;
using HybridSession.Quarantine;

namespace HybridSession;

// Start, drain, stop.
internal sealed partial class SessionEngine
{
    private readonly CancellationTokenSource _stop = new();
    private Task[] _loops = [];

    /// <summary>Makes the store ready and starts the flushers, the loader and the maintenance.</summary>
    /// <exception cref="BackingStoreException">The store is not usable; the message says what to do.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _store.InitializeAsync(cancellationToken).ConfigureAwait(false);
        StartLoops();
    }

    /// <summary>Starts the loops alone, over a store that is ready.</summary>
    public void StartLoops()
    {
        var sweep = new QuarantineSweep(_store, _quarantine, _letters, ShardOf, _expiration, _clock, _logger);
        var maintenance = new Maintenance(_store, _removals, sweep, Options, _clock, _logger);
        _loops = [.. _flushers.Select(flusher => flusher.RunAsync(_stop.Token)), _loader.RunAsync(_stop.Token), _letters.RunAsync(_stop.Token), maintenance.RunAsync(_stop.Token)];
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
        _stop.Dispose();
        foreach (var flusher in _flushers) flusher.Dispose();
        _letters.Dispose();
        _hot.Dispose();
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
            if (!await _flushers[index].FlushOnceAsync(deadline).ConfigureAwait(false))
                await Task.Delay(TimeSpan.FromMilliseconds(100), _clock.Time, deadline).ConfigureAwait(false);
        }

        await _touches[index].TryFlushAsync(_store, deadline, force: true).ConfigureAwait(false);
    }
}
