using HybridSession.Core.Tests.Doubles;
using HybridSession.Expiration;
using HybridSession.Resilience;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace HybridSession.Core.Tests.Engine;

public sealed class StoreProberTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ResilienceOptions _options = new();
    private readonly StoreCircuit _circuit;
    private readonly PingedStore _store;
    private readonly StoreProber _prober;

    public StoreProberTests()
    {
        _circuit = new StoreCircuit(new SessionClock(_time));
        _store = new PingedStore(_circuit, _time);
        _prober = new StoreProber(_store, _circuit, _options, NullLogger.Instance);
    }

    [Fact]
    public void A_store_that_answers_is_left_alone_for_PingInterval()
    {
        Assert.Equal(_options.PingInterval, _prober.DelayBeforePing());
        _time.Advance(_options.PingInterval / 2);
        _circuit.Answered(ping: false);

        Assert.Equal(_options.PingInterval, _prober.DelayBeforePing());
        _time.Advance(_options.PingInterval);
        Assert.Equal(TimeSpan.Zero, _prober.DelayBeforePing());
    }

    [Fact]
    public void A_store_that_is_away_is_pinged_a_little_later_than_the_breaker_demands()
    {
        _circuit.Open();

        Assert.InRange(_prober.DelayBeforePing(), _options.BreakDuration * 1.02, _options.BreakDuration * 1.23);
    }

    [Fact]
    public async Task A_ping_that_failed_while_all_was_quiet_is_soon_repeated()
    {
        _store.IsAway = true;

        Assert.False(await _prober.PingAsync(default));

        Assert.InRange(_prober.DelayBeforePing(), _options.BreakDuration, _options.BreakDuration * 1.23);
        _store.IsAway = false;
        Assert.True(await _prober.PingAsync(default));
        Assert.Equal(_options.PingInterval, _prober.DelayBeforePing());
    }

    [Fact]
    public async Task The_loop_pings_at_the_pace_of_BreakDuration_from_the_moment_the_circuit_opens()
    {
        using var stop = new CancellationTokenSource();
        var loop = _prober.RunAsync(stop.Token);
        _store.IsAway = true;
        _circuit.Open();

        var opened = _time.GetTimestamp();
        var patience = System.Diagnostics.Stopwatch.StartNew();
        while (_store.Pings < 5 && patience.Elapsed < Waiting.Patience)
        {
            _time.Advance(TimeSpan.FromMilliseconds(50));
            await EngineHarness.SettleAsync();
        }

        Assert.Equal(5, _store.Pings);
        Assert.True(_time.GetElapsedTime(opened) >= _options.BreakDuration * 5, $"Five pings in {_time.GetElapsedTime(opened)}.");
        await stop.CancelAsync();
        await loop.Soon();
    }

    [Fact]
    public async Task A_ping_that_fails_while_the_loop_is_being_stopped_does_not_fail_the_loop()
    {
        using var stop = new CancellationTokenSource();
        _store.IsAway = true;
        _store.OnPing = stop.Cancel;
        _time.Advance(_options.PingInterval);

        await _prober.RunAsync(stop.Token).Soon();

        Assert.Equal(1, _store.Pings);
    }

    public void Dispose() => _prober.Dispose();

    private sealed class PingedStore(StoreCircuit circuit, TimeProvider time) : DelegatingBackingStore(new InMemoryBackingStore(time))
    {
        public bool IsAway { get; set; }

        public int Pings { get; private set; }

        public Action? OnPing { get; set; }

        public override ValueTask PingAsync(CancellationToken cancellationToken)
        {
            Pings++;
            OnPing?.Invoke();
            if (IsAway) throw new BackingStoreException("away", BackingStoreFailure.Transient, outcomeUnknown: false, null);
            circuit.Answered(ping: true);
            return default;
        }
    }
}
