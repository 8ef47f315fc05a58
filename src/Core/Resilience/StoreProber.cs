using HybridSession.Diagnostics;
using HybridSession.WriteBehind;
using Microsoft.Extensions.Logging;

namespace HybridSession.Resilience;

/// <summary>
/// Pings the store: at the pace of <see cref="ResilienceOptions.BreakDuration"/> while the circuit is open, so that no request and no batch has to be the one
/// that finds out; and now and then while all is quiet.
/// </summary>
internal sealed class StoreProber : IDisposable
{
    private readonly ISessionBackingStore _store;
    private readonly StoreCircuit _circuit;
    private readonly ResilienceOptions _options;
    private readonly ILogger _logger;
    private readonly Signal _opened = new();
    private long _lastPingMs;
    private bool _lastPingFailed;
    private double _stretch = Stretch();

    /// <param name="store">The resilience stage: a ping that succeeds closes its circuit.</param>
    /// <param name="circuit">The circuit of that stage.</param>
    /// <param name="options">The pace.</param>
    /// <param name="logger">Hears of pings that fail.</param>
    public StoreProber(ISessionBackingStore store, StoreCircuit circuit, ResilienceOptions options, ILogger logger)
    {
        (_store, _circuit, _options, _logger) = (store, circuit, options, logger);
        _circuit.Opened += _opened.Set;
    }

    /// <summary>Pings when it is due, until stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                if (DelayBeforePing() is var delay && delay > TimeSpan.Zero) await _opened.WaitAsync(delay, _circuit.Clock.Time, stop).ConfigureAwait(false);
                else await PingAsync(stop).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The end of the loop.
        }
    }

    /// <summary>Pings once. True when the store answered.</summary>
    public async Task<bool> PingAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _store.PingAsync(cancellationToken).ConfigureAwait(false);
            _lastPingFailed = false;
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            _lastPingFailed = true;
            Log.PingFailed(_logger, failure);
        }
        finally
        {
            (_lastPingMs, _stretch) = (_circuit.Clock.NowMs, Stretch());
        }

        return !_lastPingFailed;
    }

    /// <summary>How long the next ping has to wait.</summary>
    public TimeSpan DelayBeforePing()
    {
        var isAway = _circuit.IsAway;
        // A ping that failed while all was quiet is a suspicion, and the next ones follow at once.
        var pause = isAway || _lastPingFailed ? _options.BreakDuration * _stretch : _options.PingInterval;
        var since = Math.Max(_lastPingMs, isAway ? _circuit.LastOpenedMs : _circuit.LastAnswerMs);
        var left = pause - TimeSpan.FromMilliseconds(_circuit.Clock.NowMs - since);
        // Rounded up, as timers know no fractions and the loop would spin meanwhile.
        return left > TimeSpan.Zero ? TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)) : TimeSpan.Zero;
    }

    public void Dispose() => _circuit.Opened -= _opened.Set;

    // Later than the breaker demands, and not in step with other nodes.
    private static double Stretch() => 1.02 + (Random.Shared.NextDouble() * 0.2);
}
