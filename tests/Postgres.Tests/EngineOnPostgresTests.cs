using System.Text;
using HybridSession.Diagnostics;
using HybridSession.Expiration;
using HybridSession.Hot;
using HybridSession.Payload;
using HybridSession.Resilience;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace HybridSession.Postgres.Tests;

/// <summary>The engine over the real store: what memory holds reaches the table, in few batches.</summary>
public sealed class EngineOnPostgresTests
{
    private static readonly byte[] Key = "cart"u8.ToArray();

    [Fact]
    public async Task Ten_thousand_sessions_changed_at_once_reach_the_table_in_a_few_batches_by_copy_and_each_rows_bytes_equal_memory()
    {
        await using var site = await Site.StartAsync(o => o.MaxDirtyAge = TimeSpan.FromMinutes(1));
        var sessions = await site.BornAsync(10_000);
        site.Flushes.Clear();

        for (var i = 0; i < sessions.Length; i++) sessions[i] = site.Engine.Set(sessions[i], Key, Encoding.UTF8.GetBytes($"changed {i}"), out _);
        Assert.Equal(0, await site.Engine.DrainAsync(TestContext.Current.CancellationToken));

        Assert.Equal(10_000, site.Flushes.Sum());
        Assert.InRange(site.Flushes.Count, 1, 8);
        Assert.Contains(site.Flushes, count => count >= site.CopyThreshold);
        await site.AssertRowsEqualMemoryAsync(sessions);
    }

    [Fact]
    public async Task The_same_key_changed_a_thousand_times_between_two_flushes_is_written_once()
    {
        await using var site = await Site.StartAsync(o => o.MaxDirtyAge = TimeSpan.FromMinutes(1));
        var session = (await site.BornAsync(1))[0];
        site.Flushes.Clear();

        for (var i = 0; i < 1_000; i++) session = site.Engine.Set(session, Key, Encoding.UTF8.GetBytes($"{i}"), out _);
        Assert.Equal(0, await site.Engine.DrainAsync(TestContext.Current.CancellationToken));

        Assert.Equal([1], site.Flushes);
        await site.AssertRowsEqualMemoryAsync([session]);
    }

    [Fact]
    public async Task A_session_that_another_engine_stored_is_opened_with_its_content()
    {
        await using var schema = await TestSchema.CreateAsync();
        LiveSession session;
        await using (var first = await Site.StartAsync(null, schema))
        {
            session = (await first.BornAsync(1))[0];
            first.Engine.Set(session, Key, "kept"u8, out _);
        }

        await using var second = await Site.StartAsync(null, schema);
        var (opened, origin) = await second.Engine.OpenAsync(session.Token, default);

        Assert.Equal(SessionOrigin.Store, origin);
        Assert.True(opened!.Payload.TryGet(Key, out var value));
        Assert.Equal("kept"u8, value);
        Assert.Equal(session.Payload.Bytes, opened.Payload.Bytes);
    }

    /// <summary>An engine on a schema of its own, whose flushes are counted.</summary>
    private sealed class Site : IAsyncDisposable
    {
        private readonly TestSchema _schema;
        private readonly bool _ownsSchema;
        private readonly CountingStore _store;
        private readonly SessionMetrics _metrics = new(null);

        private Site(TestSchema schema, bool ownsSchema, CountingStore store, SessionEngineOptions options)
        {
            (_schema, _ownsSchema, _store) = (schema, ownsSchema, store);
            var circuit = new StoreCircuit(new SessionClock(TimeProvider.System));
            var resilient = new ResilientBackingStore(store, options.Resilience, circuit, NullLogger<ResilientBackingStore>.Instance);
            Engine = new SessionEngine(Options.Create(options), resilient, TimeProvider.System, _metrics, NullLogger<SessionEngine>.Instance, circuit);
        }

        public SessionEngine Engine { get; }

        public List<int> Flushes => _store.Flushes;

        public int CopyThreshold { get; } = new PostgresSessionOptions().CopyThreshold;

        public static async Task<Site> StartAsync(Action<SessionEngineOptions>? configure = null, TestSchema? schema = null)
        {
            var options = new SessionEngineOptions { IOTimeout = TimeSpan.FromSeconds(60) };
            options.Resilience.Flushes.AttemptTimeout = options.Resilience.Loads.AttemptTimeout = TimeSpan.FromSeconds(30);
            configure?.Invoke(options);
            var ownSchema = schema ?? await TestSchema.CreateAsync();
            var site = new Site(ownSchema, schema is null, new CountingStore(await ownSchema.StartStoreAsync()), options);
            site.Engine.StartLoops();
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

    private sealed class CountingStore(ISessionBackingStore inner) : DelegatingBackingStore(inner)
    {
        public List<int> Flushes { get; } = [];

        public override ValueTask<FlushOutcome[]> FlushAsync(IReadOnlyList<SessionWrite> batch, CancellationToken cancellationToken)
        {
            lock (Flushes) Flushes.Add(batch.Count);
            return base.FlushAsync(batch, cancellationToken);
        }
    }
}
