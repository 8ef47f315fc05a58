using HybridSession.Core.Tests.Doubles;

namespace HybridSession.Core.Tests.Engine;

// Invariant 7: "A removed session never comes back: not by a flush or load in flight, not by a late INSERT, not by RegenerateId, not by another node."
public sealed class RemovalTests
{
    private static readonly BackingStoreException Away = new("away", BackingStoreFailure.Transient, outcomeUnknown: false, null);

    [Fact]
    public async Task A_removed_session_never_comes_back_by_a_flush_in_flight()
    {
        await using var node = EngineHarness.Start(o => o.Flushers = 1);
        var session = await node.BornAsync();
        node.Store.Flushes.Close();
        node.Set(session, "a", "2");
        node.Time.Advance(node.Options.MaxDirtyAge);
        await node.Store.Flushes.Reached;

        await node.Engine.RemoveAsync(session, default);
        node.Store.Flushes.Open();
        await node.DrainAsync();

        Assert.Equal(0, node.Rows.Count);
        Assert.Equal(SessionOrigin.Removed, (await node.OpenAsync(session.Token)).Origin);
    }

    [Fact]
    public async Task A_removed_session_never_comes_back_by_a_load_in_flight()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        node.Engine.Compact(1.0);
        node.Store.Loads.Close();
        var opening = node.OpenAsync(session.Token);
        await node.Store.Loads.Reached;

        await node.Engine.RemoveAsync(session, default);
        node.Store.Loads.Open();

        Assert.Null((await opening).Session);
        Assert.Null((await node.OpenAsync(session.Token)).Session);
    }

    [Fact]
    public async Task A_removed_session_never_comes_back_by_a_load_that_outlasts_the_memory_of_its_ending_while_the_row_is_not_removed_yet()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        node.Engine.Compact(1.0);
        node.Store.Loads.Close();
        var opening = node.OpenAsync(session.Token);
        await node.Store.Loads.Reached;
        node.Store.Outage = () => Away;
        await Assert.ThrowsAsync<BackingStoreException>(() => node.Engine.RemoveAsync(session, default).Soon());
        await node.PassAsync(TimeSpan.FromMinutes(2));
        await Assert.ThrowsAsync<OperationCanceledException>(() => opening.Soon());

        node.Store.Outage = null;
        node.Store.Loads.Open();
        await node.UntilAsync(() => node.Store.LoadedBatches.Count == 2);
        await EngineHarness.SettleAsync();

        Assert.Equal(1, node.Rows.Count);
        Assert.False(node.Engine.TryOpenHot(session.TokenText, default, out _));
        Assert.Equal(SessionOrigin.Removed, (await node.OpenAsync(session.Token)).Origin);
    }

    [Fact]
    public async Task A_removed_session_never_comes_back_by_a_late_change_of_a_request_that_still_holds_it()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        await node.Engine.RemoveAsync(session, default);

        node.Set(session, "a", "late");
        await node.DrainAsync();

        Assert.Equal(0, node.Rows.Count);
        Assert.Equal("1", EngineHarness.Get(session, "a"));
    }

    [Fact]
    public async Task A_removed_session_never_comes_back_by_RegenerateId()
    {
        await using var a = EngineHarness.Start();
        await using var b = a.StartPeer();
        var onA = await a.BornAsync();
        var onB = (await b.OpenAsync(onA.Token)).Session!;
        await a.Engine.RemoveAsync(onA, default);

        Assert.Null(await b.Engine.RegenerateAsync(onB, default));

        Assert.Equal(0, a.Rows.Count);
        Assert.Null((await b.OpenAsync(onA.Token)).Session);
    }

    [Fact]
    public async Task A_removed_session_never_comes_back_by_another_node()
    {
        await using var a = EngineHarness.Start();
        await using var b = a.StartPeer();
        var onA = await a.BornAsync();
        var onB = (await b.OpenAsync(onA.Token)).Session!;
        b.Set(onB, "b", "2");
        await a.Engine.RemoveAsync(onA, default);

        await b.DrainAsync();

        Assert.Equal(0, a.Rows.Count);
        Assert.True(onB.IsEnded);
        Assert.Equal(SessionOrigin.Removed, (await b.OpenAsync(onA.Token)).Origin);
    }

    [Fact]
    public async Task A_removed_session_never_comes_back_by_a_late_insert()
    {
        await using var node = EngineHarness.Start(o => o.Flushers = 1);
        var session = node.Engine.Create();
        node.Set(session, "a", "1");
        var first = session.Token;
        node.Store.FlushFailures.Enqueue((new BackingStoreException("answer lost", BackingStoreFailure.Transient, outcomeUnknown: true, null), AfterEffect: true));

        await node.Engine.BirthAsync(session, default);
        Assert.NotEqual(first, session.Token);
        await node.Engine.RemoveAsync(session, default);

        // The row of the lost answer is an orphan under a token that never left.
        Assert.Equal(1, node.Rows.Count);
        Assert.Null((await node.OpenAsync(session.Token)).Session);
    }

    [Fact]
    public async Task A_removal_that_the_store_did_not_take_is_told_and_repeated_and_the_session_stays_refused()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        node.Store.Outage = () => Away;

        await Assert.ThrowsAsync<BackingStoreException>(() => node.Engine.RemoveAsync(session, default).AsTask());
        Assert.Equal(SessionOrigin.Removed, (await node.OpenAsync(session.Token)).Origin);
        node.Store.Outage = null;
        Assert.Equal(SessionOrigin.Removed, (await node.OpenAsync(session.Token)).Origin);

        await node.UntilAsync(() => node.Rows.Count == 0, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task After_RegenerateId_only_the_new_token_opens_the_session_and_nothing_is_lost()
    {
        await using var node = EngineHarness.Start();
        var old = await node.BornAsync("a", "1");
        node.Set(old, "b", "2");

        var renewed = await node.Engine.RegenerateAsync(old, default);

        Assert.NotNull(renewed);
        Assert.NotEqual(old.Token, renewed.Token);
        Assert.Equal(SessionOrigin.Replaced, (await node.OpenAsync(old.Token)).Origin);
        Assert.Same(renewed, (await node.OpenAsync(renewed.Token)).Session);
        await node.DrainAsync();
        Assert.Equal("1", await node.StoredAsync(renewed, "a"));
        Assert.Equal("2", await node.StoredAsync(renewed, "b"));
        Assert.Equal(1, node.Rows.Count);
    }

    [Fact]
    public async Task RegenerateId_carries_what_another_node_stored_meanwhile()
    {
        await using var a = EngineHarness.Start();
        await using var b = a.StartPeer();
        var onA = await a.BornAsync("a", "1");
        var onB = (await b.OpenAsync(onA.Token)).Session!;
        b.Set(onB, "b", "2");
        await b.DrainAsync();

        var renewed = await a.Engine.RegenerateAsync(onA, default);

        Assert.NotNull(renewed);
        await a.DrainAsync();
        Assert.Equal("1", await a.StoredAsync(renewed, "a"));
        Assert.Equal("2", await a.StoredAsync(renewed, "b"));
    }
}
