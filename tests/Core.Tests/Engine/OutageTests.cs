using HybridSession.Core.Tests.Doubles;
using HybridSession.Expiration;
using HybridSession.Hot;
using HybridSession.Resilience;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace HybridSession.Core.Tests.Engine;

// "Breaker open means no waiting on the request path; after recovery the backlog drains at once."
public sealed class OutageTests
{
    private static readonly BackingStoreException Away = new("away", BackingStoreFailure.Transient, outcomeUnknown: false, null);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task While_the_circuit_is_open_hot_sessions_are_served_and_changed()
    {
        await using var node = Start();
        var session = await node.BornAsync();
        await OpenCircuitAsync(node, session);

        node.Set(session, "b", "during");

        Assert.Same(session, (await node.OpenAsync(session.Token)).Session);
        Assert.Equal("during", EngineHarness.Get(session, "b"));
        await node.Engine.CommitAsync(session, Durability.WriteBehind, default);
    }

    [Fact]
    public async Task While_the_circuit_is_open_cold_and_new_sessions_and_durable_changes_fail_without_a_wait()
    {
        await using var node = Start();
        var (cold, hot) = (await node.BornAsync(), await node.BornAsync());
        node.Engine.Compact(1.0);
        await node.OpenAsync(hot.Token);
        await OpenCircuitAsync(node, hot);
        var calls = node.Store.Calls;
        var fresh = node.Engine.Create();
        node.Set(fresh, "a", "1");
        node.Set(hot, "a", "2");

        // The clock stands still: whatever waited would wait for ever.
        var refusals = new[]
        {
            await Assert.ThrowsAsync<BackingStoreException>(() => node.OpenAsync(cold.Token).Soon()),
            await Assert.ThrowsAsync<BackingStoreException>(() => node.Engine.BirthAsync(fresh, default).AsTask().Soon()),
            await Assert.ThrowsAsync<BackingStoreException>(() => node.Engine.CommitAsync(hot, Durability.Durable, default).AsTask().Soon()),
        };

        Assert.All(refusals, refusal => Assert.Equal(BackingStoreFailure.CircuitOpen, refusal.Failure));
        Assert.Equal(calls, node.Store.Calls);
    }

    [Fact]
    public async Task A_durable_commit_of_what_is_stored_already_succeeds_while_the_circuit_is_open()
    {
        await using var node = Start();
        var (stored, changed) = (await node.BornAsync(), await node.BornAsync());
        await OpenCircuitAsync(node, changed);

        await node.Engine.CommitAsync(stored, Durability.Durable, default).AsTask().Soon();
    }

    [Fact]
    public async Task Who_waits_when_the_circuit_opens_hears_of_it_at_once()
    {
        await using var node = Start(o => (o.Flushers, o.Resilience.MinimumThroughput) = (1, 2));
        var (inFlight, waiting) = (await node.BornAsync(), await node.BornAsync());
        node.Store.Flushes.Close();
        node.Set(inFlight, "a", "2");
        var first = node.Engine.CommitAsync(inFlight, Durability.Durable, default).AsTask();
        await node.Store.Flushes.Reached;
        node.Set(waiting, "a", "2");
        var second = node.Engine.CommitAsync(waiting, Durability.Durable, default).AsTask();

        Circuit(node).Open();

        // Its flush has not begun, and will not.
        Assert.Equal(BackingStoreFailure.CircuitOpen, (await Assert.ThrowsAsync<BackingStoreException>(() => second.Soon())).Failure);
        Assert.False(first.IsCompleted);
        node.Store.Flushes.Open();
        await first.Soon();
        Circuit(node).Close();
    }

    [Fact]
    public async Task When_the_store_is_back_everything_is_stored_without_waiting_for_a_pause()
    {
        await using var node = Start();
        var sessions = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => node.BornAsync()));
        await OpenCircuitAsync(node, sessions[0]);
        foreach (var session in sessions) node.Set(session, "a", "during");
        await node.PassAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(50, node.Engine.Status.DirtySessions);
        Assert.Equal(StoreState.Away, node.Engine.Status.Store);
        Assert.InRange(node.Engine.Status.OldestDirtyAge, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(75));

        node.Store.Outage = null;
        var back = _time.GetTimestamp();
        await node.UntilAsync(() => node.Engine.Status.DirtySessions == 0, TimeSpan.FromMilliseconds(50));

        Assert.InRange(_time.GetElapsedTime(back), TimeSpan.Zero, TimeSpan.FromSeconds(2.5));
        Assert.Equal(StoreState.Available, node.Engine.Status.Store);
        foreach (var session in sessions) Assert.Equal("during", await node.StoredAsync(session, "a"));
    }

    [Fact]
    public async Task After_recovery_the_backlog_drains_in_full_batches_without_starving_fresh_durable_waiters()
    {
        await using var node = Start(o => (o.Flushers, o.FlushBatchSize) = (1, 20));
        var sessions = await Task.WhenAll(Enumerable.Range(0, 400).Select(_ => node.BornAsync()));
        await OpenCircuitAsync(node, sessions[0]);
        foreach (var session in sessions) node.Set(session, "a", "during");
        node.Store.FlushAnswers.Close();
        node.Store.Outage = null;
        await node.UntilAsync(() => !node.Circuit.IsAway && node.Store.FlushAnswers.Reached.IsCompleted, TimeSpan.FromMilliseconds(50));
        var flushed = node.Store.FlushedBatches.Count;

        // The first batch of the backlog is under way; whoever comes now is in the next.
        foreach (var session in sessions[^5..]) node.Set(session, "a", "fresh");
        var waiting = Task.WhenAll(sessions[^5..].Select(session => node.Engine.CommitAsync(session, Durability.Durable, default).AsTask()));
        node.Store.FlushAnswers.Open();
        await waiting.Soon();
        await node.UntilAsync(() => node.Engine.Status.DirtySessions == 0, TimeSpan.FromMilliseconds(50));

        Assert.All(sessions[^5..], session => Assert.Contains(node.Store.FlushedBatches[flushed], write => write.Key == session.Key));
        Assert.All(node.Store.FlushedBatches[flushed..^2], batch => Assert.Equal(20, batch.Length));
        foreach (var session in sessions[^5..]) Assert.Equal("fresh", await node.StoredAsync(session, "a"));
    }

    [Fact]
    public async Task A_shutdown_during_an_outage_drains_when_the_store_is_back_in_time()
    {
        await using var node = Start();
        var session = await node.BornAsync();
        await OpenCircuitAsync(node, session);
        node.Set(session, "a", "during");

        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30), _time);
        var stopping = node.Engine.StopAsync(deadline.Token);
        await node.PassAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(EnginePhase.Draining, node.Engine.Status.Phase);
        node.Store.Outage = null;
        await node.UntilAsync(() => stopping.IsCompleted, TimeSpan.FromMilliseconds(50));

        Assert.Equal("during", await node.StoredAsync(session, "a"));
        Assert.Equal(EnginePhase.Stopped, node.Engine.Status.Phase);
    }

    [Fact]
    public async Task Failed_calls_are_counted_by_what_they_were_and_how_they_failed_and_a_gauge_shows_the_circuit()
    {
        await using var node = Start(o => o.Flushers = 1);
        var session = await node.BornAsync();
        Assert.Equal(0, node.Metrics.Gauge("hybridsession.store.away"));
        await OpenCircuitAsync(node, session);

        await Assert.ThrowsAsync<BackingStoreException>(() => node.Engine.RemoveAsync(session, default).AsTask().Soon());

        Assert.True(node.Metrics.Sum("hybridsession.store.failures", "call=flush,failure=transient") + node.Metrics.Sum("hybridsession.store.failures", "call=flush,failure=circuit_open") > 0);
        Assert.Equal(1, node.Metrics.Sum("hybridsession.store.failures", "call=remove,failure=circuit_open"));
        Assert.Equal(1, node.Metrics.Gauge("hybridsession.store.away"));
    }

    [Fact]
    public async Task Polly_accounts_for_every_attempt_on_its_meter()
    {
        var events = new System.Collections.Concurrent.ConcurrentQueue<string>();
        using var listener = new System.Diagnostics.Metrics.MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Name == "resilience.polly.strategy.events") l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<int>((_, _, tags, _) => events.Enqueue(string.Join(' ', tags.ToArray().Where(t => t.Key is "event.name" or "pipeline.name").Select(t => t.Value))));
        listener.Start();
        await using var node = Start();
        var session = await node.BornAsync();

        await OpenCircuitAsync(node, session);

        Assert.Contains(events, text => text.Contains("OnRetry", StringComparison.Ordinal) && text.Contains("hybridsession-flushes", StringComparison.Ordinal));
        Assert.Contains(events, text => text.Contains("OnCircuitOpened", StringComparison.Ordinal) && text.Contains("hybridsession-breaker", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Removals_that_failed_are_repeated_as_soon_as_the_store_is_back()
    {
        await using var node = Start();
        var (removed, changed) = (await node.BornAsync(), await node.BornAsync());
        await OpenCircuitAsync(node, changed);
        await Assert.ThrowsAsync<BackingStoreException>(() => node.Engine.RemoveAsync(removed, default).AsTask().Soon());
        await node.PassAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(2, node.Rows.Count);

        node.Store.Outage = null;
        await node.UntilAsync(() => node.Rows.Count == 1, TimeSpan.FromMilliseconds(50));

        Assert.Null(await node.StoredAsync(removed, "a"));
    }

    [Fact]
    public async Task Expiries_that_moved_during_an_outage_are_stored_after_it_and_pruning_waits_for_them()
    {
        await using var node = Start(o => (o.IdleTimeout, o.SweepInterval) = (TimeSpan.FromHours(2), TimeSpan.FromMinutes(1)));
        var (used, changed) = (await node.BornAsync(), await node.BornAsync());
        await OpenCircuitAsync(node, changed);
        var prunes = node.Store.PruneGraces.Count;
        for (var hour = 0; hour < 5; hour++)
        {
            await node.PassAsync(TimeSpan.FromHours(1) / 60);
            _time.Advance(TimeSpan.FromHours(1));
            Assert.Same(used, (await node.OpenAsync(used.Token)).Session);
            await node.OpenAsync(changed.Token);
        }

        // Long expired in the table, and alive here.
        Assert.True((await node.Rows.LoadAsync([used.Key], default))[0]!.ExpiresIn < TimeSpan.Zero);
        Assert.Equal(prunes, node.Store.PruneGraces.Count);
        node.Store.Outage = null;
        await node.UntilAsync(() => node.Store.PruneGraces.Count > prunes, TimeSpan.FromMilliseconds(500));

        Assert.Equal(2, node.Rows.Count);
        Assert.InRange((await node.Rows.LoadAsync([used.Key], default))[0]!.ExpiresIn, TimeSpan.FromHours(1), TimeSpan.FromHours(2));
    }

    private EngineHarness Start(Action<SessionEngineOptions>? configure = null) => EngineHarness.Start(configure, time: _time, resilient: true);

    private static StoreCircuit Circuit(EngineHarness node) => node.Circuit;

    private static async Task OpenCircuitAsync(EngineHarness node, LiveSession session)
    {
        node.Store.Outage = () => Away;
        node.Set(session, "outage", "begins");
        await node.UntilAsync(() => node.Circuit.IsAway, TimeSpan.FromMilliseconds(10));
    }
}
