using HybridSession.Core.Tests.Doubles;

namespace HybridSession.Core.Tests.Engine;

// The sentences are the invariants 1-7 of docs/architecture.md.
public sealed class InvariantTests
{
    private static readonly BackingStoreException ConnectionLost = new("lost", BackingStoreFailure.Transient, outcomeUnknown: true, null);

    [Fact]
    public async Task A_dirty_session_is_never_evicted_before_its_change_is_stored_merged_removed_or_reported()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        node.Store.Flushes.Close();
        node.Set(session, "a", "2");

        node.Engine.Compact(1.0);

        var (found, origin) = await node.OpenAsync(session.Token);
        Assert.Same(session, found);
        Assert.Equal(SessionOrigin.Memory, origin);
        Assert.Empty(node.Store.LoadedBatches);
        node.Store.Flushes.Open();
        Assert.Equal(0, await node.DrainAsync());
        Assert.Equal("2", await node.StoredAsync(session, "a"));
    }

    [Fact]
    public async Task A_session_is_in_the_dirty_set_at_most_once_and_in_flight_at_most_once_per_node()
    {
        await using var node = EngineHarness.Start(o => o.Flushers = 1);
        var session = await node.BornAsync();
        node.Store.FlushedBatches.Clear();
        node.Store.Flushes.Close();
        node.Set(session, "a", "first");
        node.Time.Advance(node.Options.MaxDirtyAge);
        await node.Store.Flushes.Reached;

        for (var i = 0; i < 1_000; i++) node.Set(session, "a", $"{i}");
        node.Engine.CheckInvariants();
        node.Time.Advance(node.Options.MaxDirtyAge);

        Assert.Single(node.Store.FlushedBatches);
        node.Store.Flushes.Open();
        Assert.Equal(0, await node.DrainAsync());
        Assert.Equal(2, node.Store.FlushedBatches.Count);
        Assert.Equal("999", await node.StoredAsync(session, "a"));
    }

    [Fact]
    public async Task The_same_key_changed_a_thousand_times_between_two_flushes_is_written_once()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        node.Store.FlushedBatches.Clear();

        for (var i = 0; i < 1_000; i++) node.Set(session, "counter", $"{i}");
        Assert.Equal(0, await node.DrainAsync());

        Assert.Single(Assert.Single(node.Store.FlushedBatches));
        Assert.Equal("999", await node.StoredAsync(session, "counter"));
    }

    [Fact]
    public async Task A_stored_version_never_goes_down_and_never_names_two_contents()
    {
        await using var a = EngineHarness.Start();
        await using var b = a.StartPeer();
        var onA = await a.BornAsync();
        var onB = (await b.OpenAsync(onA.Token)).Session!;
        var seen = new Dictionary<long, byte[]>();
        var last = 0L;

        for (var i = 0; i < 50; i++)
        {
            a.Set(onA, "a", $"{i}");
            b.Set(onB, "b", $"{i}");
            await (i % 2 == 0 ? a : b).DrainAsync();
            var row = (await a.Rows.LoadAsync([onA.Key], default))[0]!;
            Assert.True(row.Version > last, $"version {row.Version} after {last}");
            if (!seen.TryAdd(row.Version, row.Payload)) Assert.Equal(seen[row.Version], row.Payload);
            last = row.Version;
            await (i % 2 == 0 ? b : a).DrainAsync();
            row = (await a.Rows.LoadAsync([onA.Key], default))[0]!;
            Assert.True(row.Version >= last);
            if (!seen.TryAdd(row.Version, row.Payload)) Assert.Equal(seen[row.Version], row.Payload);
            last = row.Version;
        }

        Assert.Equal("49", await a.StoredAsync(onA, "a"));
        Assert.Equal("49", await a.StoredAsync(onA, "b"));
    }

    [Fact]
    public async Task Every_acknowledged_change_is_written_merged_removed_expired_or_reported_lost_by_count()
    {
        await using var node = EngineHarness.Start(o => o.Flushers = 1);
        var session = await node.BornAsync();
        node.Store.FlushFailures.Enqueue((ConnectionLost, AfterEffect: true));
        node.Store.FlushFailures.Enqueue((ConnectionLost, AfterEffect: false));
        node.Store.FlushFailures.Enqueue((new BackingStoreException("deadlock", BackingStoreFailure.Transient, false, null), AfterEffect: false));

        node.Set(session, "a", "2");
        node.Set(session, "b", "3");
        var left = -1;
        for (var i = 0; i < 100 && left != 0; i++)
        {
            node.Time.Advance(TimeSpan.FromSeconds(5));
            await Task.Yield();
            using var brief = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
            left = await node.Engine.DrainAsync(brief.Token);
        }

        Assert.Equal(0, left);
        Assert.Equal("2", await node.StoredAsync(session, "a"));
        Assert.Equal("3", await node.StoredAsync(session, "b"));
    }

    [Fact]
    public async Task No_store_call_runs_on_the_request_path_but_a_load_a_chosen_wait_an_explicit_removal()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        var before = node.Store.Calls;

        for (var i = 0; i < 100; i++)
        {
            Assert.True(node.Engine.TryOpenHot(session.TokenText, default, out var opened));
            node.Set(opened.Session!, "a", $"{i}");
            node.Remove(opened.Session!, "b");
            await node.Engine.CommitAsync(opened.Session!, Durability.WriteBehind, default);
        }

        Assert.Equal(before, node.Store.Calls);
    }

    [Fact]
    public async Task Memory_stays_within_the_budget_plus_the_dirty_limit_plus_one_in_flight_batch_per_flusher()
    {
        await using var node = EngineHarness.Start(o => (o.MaxHotBytes, o.MaxDirtyBytes, o.IOTimeout) = (1 << 20, 1 << 20, TimeSpan.FromSeconds(5)));
        var value = new string('x', 4_000);
        for (var i = 0; i < 400; i++) await node.BornAsync("a", value + i);

        Assert.InRange(node.Engine.Memory.Hot, 1, node.Options.MaxHotBytes);
        Assert.Equal(0, node.Engine.Memory.Dirty);
    }

    [Fact]
    public async Task Beyond_the_dirty_limit_a_commit_waits_and_then_fails_and_nothing_is_dropped()
    {
        await using var node = EngineHarness.Start(o => o.MaxDirtyBytes = 1 << 20);
        var sessions = new List<HybridSession.Hot.LiveSession>();
        for (var i = 0; i < 250; i++) sessions.Add(await node.BornAsync());
        node.Store.Flushes.Close();
        var value = new string('x', 4_000);
        foreach (var session in sessions) node.Set(session, "a", value);

        var commit = node.Engine.CommitAsync(sessions[0], Durability.WriteBehind, default).AsTask();
        Assert.False(commit.IsCompleted);
        node.Time.Advance(node.Options.IOTimeout);
        var full = await Assert.ThrowsAsync<SessionBacklogFullException>(() => commit);
        Assert.Contains("MaxDirtyBytes", full.Message, StringComparison.Ordinal);

        node.Store.Flushes.Open();
        Assert.Equal(0, await node.DrainAsync());
        await node.Engine.CommitAsync(sessions[0], Durability.WriteBehind, default);
        foreach (var session in sessions) Assert.Equal(value, await node.StoredAsync(session, "a"));
        Assert.Equal(0, node.Engine.Memory.Dirty);
    }

    [Fact]
    public async Task Far_beyond_the_dirty_limit_a_change_is_refused_and_memory_stays_bounded()
    {
        await using var node = EngineHarness.Start(o => o.MaxDirtyBytes = 1 << 20);
        var sessions = new List<HybridSession.Hot.LiveSession>();
        for (var i = 0; i < 400; i++) sessions.Add(await node.BornAsync());
        node.Store.Flushes.Close();
        var value = new string('x', 4_000);

        var changed = sessions.TakeWhile(session => Record.Exception(() => node.Set(session, "a", value)) is null).ToList();

        Assert.InRange(node.Engine.Memory.Dirty, node.Options.MaxDirtyBytes, node.Options.MaxDirtyBytes * 3 / 2);
        var refused = sessions[changed.Count];
        var full = Assert.Throws<SessionBacklogFullException>(() => node.Set(refused, "a", value));
        Assert.Contains("The change was not made", full.Message, StringComparison.Ordinal);
        Assert.Equal("1", EngineHarness.Get(refused, "a"));
        // What makes a waiting session smaller is taken on.
        node.Remove(changed[0], "a");

        node.Store.Flushes.Open();
        Assert.Equal(0, await node.DrainAsync());
        node.Set(refused, "a", value);
        Assert.Equal(0, await node.DrainAsync());
        Assert.Equal(value, await node.StoredAsync(refused, "a"));
    }
}
