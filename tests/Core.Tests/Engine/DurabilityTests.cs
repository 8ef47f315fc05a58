using HybridSession.Core.Tests.Doubles;

namespace HybridSession.Core.Tests.Engine;

// "Durable completes after a flush whose snapshot contains the change."
public sealed class DurabilityTests
{
    private static readonly BackingStoreException Lost = new("lost", BackingStoreFailure.Transient, outcomeUnknown: true, null);
    private static readonly BackingStoreException Setup = new("no table", BackingStoreFailure.Setup, outcomeUnknown: false, null);

    [Fact]
    public async Task Durable_completes_after_a_flush_that_contains_the_change_and_not_after_one_that_was_taken_before()
    {
        await using var node = EngineHarness.Start(o => o.Flushers = 1);
        var session = await node.BornAsync();
        node.Store.Flushes.Close();
        node.Set(session, "a", "first");
        var first = node.Engine.CommitAsync(session, Durability.Durable, default).Soon();
        await node.Store.Flushes.Reached;
        node.Set(session, "a", "second");
        var second = node.Engine.CommitAsync(session, Durability.Durable, default).Soon();

        node.Store.FlushAnswers.Close();
        node.Store.Flushes.Open();
        await node.Store.FlushAnswers.Reached;
        node.Store.Flushes.Close();
        node.Store.FlushAnswers.Open();
        await first;
        await node.Store.Flushes.Reached;

        Assert.False(second.IsCompleted);
        Assert.Equal("first", await node.StoredAsync(session, "a"));
        node.Store.Flushes.Open();
        await second;
        Assert.Equal("second", await node.StoredAsync(session, "a"));
    }

    [Fact]
    public async Task Durable_is_not_satisfied_by_a_base_version_that_rose_by_another_nodes_write()
    {
        await using var a = EngineHarness.Start(o => o.Flushers = 1);
        await using var b = a.StartPeer(o => o.Flushers = 1);
        var onA = await a.BornAsync();
        var onB = (await b.OpenAsync(onA.Token)).Session!;
        for (var i = 0; i < 20; i++) b.Set(onB, "b", $"{i}");
        await b.DrainAsync();

        a.Set(onA, "a", "mine");
        await a.Engine.CommitAsync(onA, Durability.Durable, default).Soon();

        Assert.Equal("mine", await a.StoredAsync(onA, "a"));
        Assert.Equal("19", await a.StoredAsync(onA, "b"));
    }

    [Fact]
    public async Task Waiters_of_many_sessions_share_a_flush()
    {
        await using var node = EngineHarness.Start(o => o.Flushers = 1);
        var sessions = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => node.BornAsync()));
        node.Store.Flushes.Close();
        node.Set(sessions[0], "a", "2");
        var first = node.Engine.CommitAsync(sessions[0], Durability.Durable, default).Soon();
        await node.Store.Flushes.Reached;
        node.Store.FlushedBatches.Clear();

        var commits = sessions[1..].Select(session => node.Engine.CommitAsync(node.Set(session, "a", "2"), Durability.Durable, default).Soon()).ToArray();
        node.Store.Flushes.Open();
        await Task.WhenAll([first, .. commits]);

        Assert.Equal(99, Assert.Single(node.Store.FlushedBatches).Length);
    }

    [Fact]
    public async Task Durable_without_a_change_costs_no_store_call()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        var calls = node.Store.Calls;

        Assert.True(node.Engine.CommitAsync(session, Durability.Durable, default).Soon().IsCompletedSuccessfully);

        Assert.Equal(calls, node.Store.Calls);
    }

    [Fact]
    public async Task When_a_flush_fails_those_who_wait_hear_it_and_the_change_is_stored_later()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        node.Store.Outage = () => Setup;
        node.Set(session, "a", "2");

        Assert.Same(Setup, await Assert.ThrowsAsync<BackingStoreException>(() => node.Engine.CommitAsync(session, Durability.Durable, default).Soon()));
        Assert.Equal(1, node.Engine.Unconfirmed().Count);
        node.Store.Outage = null;
        await node.UntilAsync(() => node.Engine.Unconfirmed().Count == 0, TimeSpan.FromMilliseconds(100));

        Assert.Equal("2", await node.StoredAsync(session, "a"));
    }

    [Fact]
    public async Task A_transient_failure_is_tried_once_more_at_once_while_somebody_waits()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        node.Set(session, "a", "2");
        node.Store.FlushFailures.Enqueue((Lost, AfterEffect: true));

        await node.Engine.CommitAsync(session, Durability.Durable, default).Soon();

        Assert.Equal("2", await node.StoredAsync(session, "a"));
    }

    [Fact]
    public async Task A_commit_that_joins_while_a_flush_fails_hears_it_without_waiting_for_the_next_attempt()
    {
        await using var node = EngineHarness.Start(o => o.Flushers = 1);
        var (one, two) = (await node.BornAsync(), await node.BornAsync());
        node.Store.Flushes.Close();
        node.Set(one, "a", "2");
        var first = node.Engine.CommitAsync(one, Durability.Durable, default).Soon();
        await node.Store.Flushes.Reached;
        node.Set(two, "a", "2");
        var second = node.Engine.CommitAsync(two, Durability.Durable, default).Soon();

        node.Store.Outage = () => Setup;
        node.Store.Flushes.Open();

        await Assert.ThrowsAsync<BackingStoreException>(() => first);
        await Assert.ThrowsAsync<BackingStoreException>(() => second);
    }

    [Fact]
    public async Task A_hanging_store_ends_the_wait_after_IOTimeout_and_the_change_is_stored_later()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        node.Store.Flushes.Close();
        node.Set(session, "a", "2");
        var commit = node.Engine.CommitAsync(session, Durability.Durable, default).Soon();
        await node.Store.Flushes.Reached;

        node.Time.Advance(node.Options.IOTimeout);

        var late = await Assert.ThrowsAsync<OperationCanceledException>(() => commit);
        Assert.Contains("IOTimeout", late.Message, StringComparison.Ordinal);
        node.Store.Flushes.Open();
        Assert.Equal(0, await node.DrainAsync());
        Assert.Equal("2", await node.StoredAsync(session, "a"));
    }

    [Fact]
    public async Task Durable_does_not_call_a_change_stored_that_the_store_has_refused()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        node.Store.Refuses = write => write.Key == session.Key;
        node.Set(session, "a", "poison");
        await Assert.ThrowsAsync<BackingStoreException>(() => node.Engine.CommitAsync(session, Durability.Durable, default).Soon());

        await Assert.ThrowsAsync<BackingStoreException>(() => node.Engine.CommitAsync(session, Durability.Durable, default).Soon());

        node.Store.Refuses = null;
        await node.Engine.CommitAsync(session, Durability.Durable, default).Soon();
        Assert.Equal("poison", await node.StoredAsync(session, "a"));
    }

    [Fact]
    public async Task Durable_during_a_change_of_the_token_completes_only_when_the_change_is_stored()
    {
        await using var node = EngineHarness.Start();
        var old = await node.BornAsync();
        node.Store.RekeyAnswers.Close();
        var renewing = node.Engine.RegenerateAsync(old, default).Soon();
        await node.Store.RekeyAnswers.Reached;
        node.Set(old, "b", "2");
        var commit = node.Engine.CommitAsync(old, Durability.Durable, default).Soon();
        // The flush of the change meets no row any more.
        await node.UntilAsync(() => node.Store.FlushedBatches.Count == 2);

        node.Store.Flushes.Close();
        node.Store.RekeyAnswers.Open();
        var renewed = (await renewing)!;
        Assert.False(commit.IsCompleted);
        node.Store.Flushes.Open();
        await commit;

        Assert.Equal("2", await node.StoredAsync(renewed, "b"));
        Assert.Equal(SessionOrigin.Replaced, (await node.OpenAsync(old.Token)).Origin);
    }

    [Fact]
    public async Task WriteBehind_completes_at_once_although_the_store_hangs()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        node.Store.Flushes.Close();

        node.Set(session, "a", "2");

        Assert.True(node.Engine.CommitAsync(session, Durability.WriteBehind, default).Soon().IsCompletedSuccessfully);
    }
}
