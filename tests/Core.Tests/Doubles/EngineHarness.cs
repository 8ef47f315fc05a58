using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using HybridSession.Diagnostics;
using HybridSession.Expiration;
using HybridSession.Hot;
using HybridSession.Payload;
using HybridSession.Resilience;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace HybridSession.Core.Tests.Doubles;

/// <summary>An engine over the in-memory store, with gates and a clock in the test's hand.</summary>
internal sealed class EngineHarness : IAsyncDisposable
{
    private readonly SessionMetrics _metrics;

    private EngineHarness(Action<SessionEngineOptions>? configure, InMemoryBackingStore? rows, FakeTimeProvider? time, Func<ISessionBackingStore, ISessionBackingStore>? stage, bool resilient, PeerNetwork? network)
    {
        _metrics = new SessionMetrics(Metrics);
        Time = time ?? new FakeTimeProvider();
        Rows = rows ?? new InMemoryBackingStore(Time);
        Store = new GatedBackingStore(Rows);
        Options = new SessionEngineOptions();
        configure?.Invoke(Options);
        Circuit = new StoreCircuit(new SessionClock(Time));
        var store = stage?.Invoke(Store) ?? Store;
        if (resilient) store = new ResilientBackingStore(store, Options.Resilience, Circuit, NullLogger<ResilientBackingStore>.Instance, _metrics);
        Engine = new SessionEngine(Microsoft.Extensions.Options.Options.Create(Options), store, Time, _metrics, Logs, Circuit, Link = network?.CreateLink());
    }

    public MeterRecorder Metrics { get; } = new();

    public LogRecorder Logs { get; } = new();

    public FakeTimeProvider Time { get; }

    public InMemoryBackingStore Rows { get; }

    public GatedBackingStore Store { get; }

    public SessionEngineOptions Options { get; }

    public SessionEngine Engine { get; }

    public StoreCircuit Circuit { get; }

    /// <summary>The link to the other nodes; null where the node has none.</summary>
    public ISessionPeerLink? Link { get; }

    /// <summary>A running engine: its loops flush what is urgent or due on the fake clock. With the resilience stage when asked.</summary>
    public static EngineHarness Start(
        Action<SessionEngineOptions>? configure = null, InMemoryBackingStore? rows = null, FakeTimeProvider? time = null, Func<ISessionBackingStore, ISessionBackingStore>? stage = null,
        bool resilient = false)
    {
        var harness = new EngineHarness(configure, rows, time, stage, resilient, network: null);
        harness.Engine.StartLoops();
        return harness;
    }

    /// <summary>A running engine that has joined the nodes of a network.</summary>
    public static async Task<EngineHarness> JoinAsync(PeerNetwork network, EngineHarness? first = null, Action<SessionEngineOptions>? configure = null, bool resilient = false)
    {
        var harness = new EngineHarness(configure, first?.Rows, first?.Time, stage: null, resilient, network);
        await harness.Engine.StartAsync(default);
        return harness;
    }

    /// <summary>A second node over the same rows.</summary>
    public EngineHarness StartPeer(Action<SessionEngineOptions>? configure = null, Func<ISessionBackingStore, ISessionBackingStore>? stage = null) => Start(configure, Rows, Time, stage);

    public async Task<LiveSession> BornAsync(string key = "a", string value = "1")
    {
        var session = Engine.Create();
        Set(session, key, value);
        await Engine.BirthAsync(session, default);
        return session;
    }

    public LiveSession Set(LiveSession session, string key, string value) => Engine.Set(session, Bytes(key), Bytes(value), out _);

    public LiveSession Remove(LiveSession session, string key) => Engine.Remove(session, Bytes(key), out _);

    public static string? Get(LiveSession session, string key) => session.Payload.TryGet(Bytes(key), out var value) ? Encoding.UTF8.GetString(value) : null;

    public async Task<string?> StoredAsync(LiveSession session, string key)
    {
        var row = (await Rows.LoadAsync([session.Key], default))[0];
        if (row is null) return null;
        Assert.True(PackedSession.TryRead(row.Payload, out var payload, out var problem), problem);
        return payload.TryGet(Bytes(key), out var value) ? Encoding.UTF8.GetString(value) : null;
    }

    public async Task<OpenResult> OpenAsync(SessionToken token) =>
        Engine.TryOpenHot(token.Encode(), default, out var hot) ? hot : await Engine.OpenAsync(token, default, default);

    public Task<int> DrainAsync() => Engine.DrainAsync(TestContext.Current.CancellationToken);

    /// <summary>Lets other threads run for a while, for what must not happen.</summary>
    public static async Task SettleAsync()
    {
        for (var i = 0; i < 500; i++) await Task.Yield();
    }

    /// <summary>Lets the engine's clock go on, second by second.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        for (var left = time; left > TimeSpan.Zero; left -= TimeSpan.FromSeconds(1))
        {
            Time.Advance(left < TimeSpan.FromSeconds(1) ? left : TimeSpan.FromSeconds(1));
            for (var i = 0; i < 20; i++) await Task.Yield();
        }
    }

    /// <summary>Waits for what other threads bring about, while the engine's clock goes on in the given steps.</summary>
    public async Task UntilAsync(Func<bool> holds, TimeSpan step = default, [CallerArgumentExpression(nameof(holds))] string what = "")
    {
        var started = Stopwatch.GetTimestamp();
        var clock = new PacedClock(Time);
        while (!holds())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < Waiting.Patience, $"Still false: {what}");
            clock.TryStep(step);
            await Task.Yield();
        }
    }

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public async ValueTask DisposeAsync()
    {
        Store.Heal();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        var stopping = Engine.StopAsync(deadline.Token);
        // The drain waits for the ping that closes the circuit, and that for the clock.
        if (Circuit.IsAway) await UntilAsync(() => stopping.IsCompleted, TimeSpan.FromMilliseconds(50));
        await stopping;
        Engine.Dispose();
        _metrics.Dispose();
        Metrics.Dispose();
    }
}
