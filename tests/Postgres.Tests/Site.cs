using System.Text;
using HybridSession.Diagnostics;
using HybridSession.Expiration;
using HybridSession.Hot;
using HybridSession.Payload;
using HybridSession.Resilience;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace HybridSession.Postgres.Tests;

/// <summary>An engine on a schema of its own, whose flushes are counted.</summary>
internal sealed class Site : IAsyncDisposable
{
    private static readonly byte[] Key = "cart"u8.ToArray();

    private readonly TestSchema _schema;
    private readonly bool _ownsSchema;
    private readonly CountingStore _store;
    private readonly SessionMetrics _metrics = new(null);

    private Site(TestSchema schema, bool ownsSchema, CountingStore store, SessionEngineOptions options, ISessionPeerLink? link)
    {
        (_schema, _ownsSchema, _store) = (schema, ownsSchema, store);
        var circuit = new StoreCircuit(new SessionClock(TimeProvider.System));
        var resilient = new ResilientBackingStore(store, options.Resilience, circuit, NullLogger<ResilientBackingStore>.Instance);
        Engine = new SessionEngine(Options.Create(options), resilient, TimeProvider.System, _metrics, NullLogger<SessionEngine>.Instance, circuit, link);
    }

    public SessionEngine Engine { get; }

    public List<int> Flushes => _store.Flushes;

    public int CopyThreshold { get; } = new PostgresSessionOptions().CopyThreshold;

    public static async Task<Site> StartAsync(Action<SessionEngineOptions>? configure = null, TestSchema? schema = null, Action<PostgresSessionOptions>? configureStore = null)
    {
        var options = new SessionEngineOptions { IOTimeout = TimeSpan.FromSeconds(60) };
        options.Resilience.Flushes.AttemptTimeout = options.Resilience.Loads.AttemptTimeout = TimeSpan.FromSeconds(30);
        configure?.Invoke(options);
        var ownSchema = schema ?? await TestSchema.CreateAsync();
        var site = new Site(ownSchema, schema is null, new CountingStore(await ownSchema.StartStoreAsync(configureStore)), options, link: null);
        site.Engine.StartLoops();
        return site;
    }

    /// <summary>A node of a site of several: it has joined the others that use the schema.</summary>
    public static async Task<Site> JoinAsync(TestSchema schema, Action<SessionEngineOptions>? configure = null)
    {
        var options = new SessionEngineOptions { IOTimeout = TimeSpan.FromSeconds(60) };
        configure?.Invoke(options);
        var store = await schema.StartStoreAsync();
        var site = new Site(schema, false, new CountingStore(store), options, store.CreatePeerLink(TimeProvider.System));
        await site.Engine.StartAsync(default);
        return site;
    }

    public async Task<LiveSession[]> BornAsync(int count)
    {
        var sessions = new LiveSession[count];
        for (var i = 0; i < count; i++) sessions[i] = Engine.Set(Engine.Create(), Key, Encoding.UTF8.GetBytes($"new {i}"), out _);
        await Task.WhenAll(sessions.Select(session => Engine.BirthAsync(session, default).AsTask()));
        return sessions;
    }

    public async Task AssertRowsEqualMemoryAsync(LiveSession[] sessions)
    {
        var rows = await _store.LoadAsync([.. sessions.Select(session => session.Key)], default);
        for (var i = 0; i < sessions.Length; i++)
        {
            Assert.Equal(sessions[i].Payload.Bytes, rows[i]!.Payload);
            Assert.Equal(sessions[i].Payload.Version, rows[i]!.Version);
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await Engine.StopAsync(deadline.Token);
        Engine.Dispose();
        _metrics.Dispose();
        await _store.DisposeAsync();
        if (_ownsSchema) await _schema.DisposeAsync();
    }
}

internal sealed class CountingStore(ISessionBackingStore inner) : DelegatingBackingStore(inner)
{
    public List<int> Flushes { get; } = [];

    public override ValueTask<FlushOutcome[]> FlushAsync(IReadOnlyList<SessionWrite> batch, CancellationToken cancellationToken)
    {
        lock (Flushes) Flushes.Add(batch.Count);
        return base.FlushAsync(batch, cancellationToken);
    }
}
