using HybridSession.Core.Tests.Doubles;
using HybridSession.Hot;

namespace HybridSession.Core.Tests.Engine;

// "A token leaves the server only after its row is committed."
public sealed class BirthTests
{
    private static readonly BackingStoreException AnswerLost = new("answer lost", BackingStoreFailure.Transient, outcomeUnknown: true, null);
    private static readonly BackingStoreException NotReached = new("not reached", BackingStoreFailure.Transient, outcomeUnknown: false, null);
    private static readonly BackingStoreException CircuitOpen = new("open", BackingStoreFailure.CircuitOpen, outcomeUnknown: false, null);

    [Fact]
    public async Task A_birth_completes_only_when_its_row_is_committed()
    {
        await using var node = EngineHarness.Start();
        var session = Unborn(node);
        node.Store.Flushes.Close();

        var birth = node.Engine.BirthAsync(session, default).Soon();
        await node.Store.Flushes.Reached;
        Assert.False(birth.IsCompleted);
        Assert.False(session.IsStored);
        node.Store.Flushes.Open();
        await birth;

        Assert.Equal("1", await node.StoredAsync(session, "a"));
        Assert.Same(session, (await node.OpenAsync(session.Token)).Session);
    }

    [Fact]
    public async Task Births_that_wait_together_share_a_flush()
    {
        await using var node = EngineHarness.Start(o => o.Flushers = 1);
        node.Store.Flushes.Close();
        var first = node.Engine.BirthAsync(Unborn(node), default).Soon();
        await node.Store.Flushes.Reached;
        var others = Enumerable.Range(0, 50).Select(_ => node.Engine.BirthAsync(Unborn(node), default).Soon()).ToArray();

        node.Store.Flushes.Open();
        await Task.WhenAll([first, .. others]);

        Assert.Equal(2, node.Store.FlushedBatches.Count);
        Assert.Equal(50, node.Store.FlushedBatches[1].Length);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(16)]
    public async Task A_birth_whose_answer_was_lost_is_stored_again_under_a_fresh_token_in_the_same_shard(int flushers)
    {
        await using var node = EngineHarness.Start(o => o.Flushers = flushers);
        var session = Unborn(node);
        var (token, shard) = (session.Token, session.Key.ShardOf(flushers));
        node.Store.FlushFailures.Enqueue((AnswerLost, AfterEffect: true));

        await node.Engine.BirthAsync(session, default).Soon();

        Assert.NotEqual(token, session.Token);
        Assert.Equal(shard, session.Key.ShardOf(flushers));
        Assert.Equal("1", await node.StoredAsync(session, "a"));
        node.Engine.CheckInvariants();
    }

    [Fact]
    public async Task A_change_made_while_the_lost_birth_was_in_flight_goes_along_and_nothing_stays_pinned_under_the_old_token()
    {
        for (var i = 0; i < 20; i++)
        {
            await using var node = EngineHarness.Start();
            var session = Unborn(node);
            node.Store.FlushFailures.Enqueue((AnswerLost, AfterEffect: true));
            node.Store.Flushes.Close();
            var birth = node.Engine.BirthAsync(session, default).Soon();
            await node.Store.Flushes.Reached;
            node.Set(session, "b", "2");

            node.Store.Flushes.Open();
            await birth;
            node.Engine.CheckInvariants();
            using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(2));

            Assert.Equal(0, await node.Engine.DrainAsync(soon.Token));
            Assert.Equal("2", await node.StoredAsync(session, "b"));
            Assert.Equal(0, node.Engine.Memory.Dirty);
        }
    }

    [Fact]
    public async Task With_the_store_away_a_birth_fails_at_once_and_the_session_may_be_tried_again()
    {
        await using var node = EngineHarness.Start();
        var session = Unborn(node);
        node.Store.Outage = () => CircuitOpen;

        Assert.Same(CircuitOpen, await Assert.ThrowsAsync<BackingStoreException>(() => node.Engine.BirthAsync(session, default).Soon()));
        Assert.False(session.IsStored);
        Assert.Equal(0, node.Engine.Unconfirmed().Count);
        node.Store.Outage = null;
        await node.Engine.BirthAsync(session, default).Soon();

        Assert.Equal("1", await node.StoredAsync(session, "a"));
    }

    [Fact]
    public async Task A_birth_that_joins_the_queue_while_a_flush_fails_hears_it_without_waiting_for_the_next_attempt()
    {
        await using var node = EngineHarness.Start(o => o.Flushers = 1);
        node.Store.Flushes.Close();
        var first = node.Engine.BirthAsync(Unborn(node), default).Soon();
        await node.Store.Flushes.Reached;
        var second = node.Engine.BirthAsync(Unborn(node), default).Soon();

        node.Store.Outage = () => CircuitOpen;
        node.Store.Flushes.Open();

        await Assert.ThrowsAsync<BackingStoreException>(() => first);
        await Assert.ThrowsAsync<BackingStoreException>(() => second);
        Assert.Equal(0, node.Engine.Unconfirmed().Count);
    }

    [Fact]
    public async Task A_birth_behind_a_full_batch_hears_that_the_store_is_away()
    {
        await using var node = EngineHarness.Start(o => (o.Flushers, o.FlushBatchSize) = (1, 10));
        var dirty = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => node.BornAsync()));
        node.Store.Outage = () => CircuitOpen;
        foreach (var session in dirty) node.Set(session, "a", "2");

        await Assert.ThrowsAsync<BackingStoreException>(() => node.Engine.BirthAsync(Unborn(node), default).Soon());
        Assert.Equal(30, node.Engine.Unconfirmed().Count);
    }

    [Fact]
    public async Task A_birth_given_up_and_tried_again_while_its_first_flush_hangs_ends_with_a_row_under_the_token_it_has()
    {
        await using var node = EngineHarness.Start(o => o.Flushers = 1);
        var session = Unborn(node);
        node.Store.Flushes.Close();
        var first = node.Engine.BirthAsync(session, default).Soon();
        await node.Store.Flushes.Reached;
        node.Time.Advance(node.Options.IOTimeout);
        await Assert.ThrowsAsync<OperationCanceledException>(() => first);

        var second = node.Engine.BirthAsync(session, default).Soon();
        node.Store.Flushes.Open();
        await second;

        Assert.True(session.IsStored);
        Assert.Equal("1", await node.StoredAsync(session, "a"));
        node.Set(session, "a", "2");
        Assert.Equal(0, await node.DrainAsync());
        Assert.Equal("2", await node.StoredAsync(session, "a"));
        node.Engine.CheckInvariants();
    }

    [Fact]
    public async Task A_birth_given_up_in_flight_never_appears_hot_and_stays_unborn_although_its_row_arrives()
    {
        await using var node = EngineHarness.Start(o => o.Flushers = 1);
        var session = Unborn(node);
        var token = session.Token;
        node.Store.Flushes.Close();
        var birth = node.Engine.BirthAsync(session, default).Soon();
        await node.Store.Flushes.Reached;
        node.Time.Advance(node.Options.IOTimeout);
        await Assert.ThrowsAsync<OperationCanceledException>(() => birth);

        node.Store.Flushes.Open();
        Assert.Equal(0, await node.DrainAsync());

        Assert.False(session.IsStored);
        Assert.False(node.Engine.TryOpenHot(token.Encode(), default, out _));
        Assert.Equal(0, node.Engine.Memory.Dirty);
        await node.Engine.BirthAsync(session, default).Soon();
        Assert.NotEqual(token, session.Token);
        Assert.Equal("1", await node.StoredAsync(session, "a"));
    }

    [Fact]
    public async Task A_birth_given_up_while_it_waited_and_tried_again_is_pinned_and_stored()
    {
        await using var node = EngineHarness.Start(o => o.Flushers = 1);
        node.Store.Flushes.Close();
        var hanging = node.Engine.BirthAsync(Unborn(node), default).Soon();
        await node.Store.Flushes.Reached;
        var session = Unborn(node);
        using var gaveUp = new CancellationTokenSource();
        var first = node.Engine.BirthAsync(session, gaveUp.Token).Soon();
        await gaveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Equal(1, node.Engine.Unconfirmed().Count);

        var second = node.Engine.BirthAsync(session, default).Soon();

        node.Engine.CheckInvariants();
        Assert.Equal(2, node.Engine.Unconfirmed().Count);
        node.Store.Flushes.Open();
        await Task.WhenAll(hanging, second);
        Assert.Equal("1", await node.StoredAsync(session, "a"));
        Assert.Equal(0, node.Engine.Unconfirmed().Count);
    }

    [Fact]
    public async Task RegenerateId_during_a_birth_in_flight_waits_for_it_and_moves_the_session()
    {
        await using var node = EngineHarness.Start(o => o.Flushers = 1);
        var session = Unborn(node);
        node.Store.Flushes.Close();
        var birth = node.Engine.BirthAsync(session, default).Soon();
        await node.Store.Flushes.Reached;

        var renewing = node.Engine.RegenerateAsync(session, default).Soon();
        node.Store.Flushes.Open();
        await birth;
        var renewed = await renewing;

        Assert.NotNull(renewed);
        Assert.Equal("1", await node.StoredAsync(renewed, "a"));
        Assert.Equal(1, node.Rows.Count);
    }

    [Fact]
    public async Task A_session_removed_during_its_birth_never_comes_back_by_the_late_insert()
    {
        await using var node = EngineHarness.Start(o => o.Flushers = 1);
        var session = Unborn(node);
        node.Store.Flushes.Close();
        var birth = node.Engine.BirthAsync(session, default).Soon();
        await node.Store.Flushes.Reached;

        await node.Engine.RemoveAsync(session, default).Soon();
        node.Store.Flushes.Open();
        await birth;
        await node.DrainAsync();
        await node.UntilAsync(() => node.Rows.Count == 0, TimeSpan.FromSeconds(1));
        node.Time.Advance(TimeSpan.FromMilliseconds(EndedSessions.RememberMs));

        Assert.Null((await node.OpenAsync(session.Token)).Session);
    }

    [Fact]
    public async Task Durable_during_a_birth_waits_for_the_changes_made_since_the_birth_was_taken()
    {
        await using var node = EngineHarness.Start(o => o.Flushers = 1);
        var session = Unborn(node);
        node.Store.Flushes.Close();
        var birth = node.Engine.BirthAsync(session, default).Soon();
        await node.Store.Flushes.Reached;
        node.Set(session, "b", "2");
        var commit = node.Engine.CommitAsync(session, Durability.Durable, default).Soon();

        node.Store.FlushAnswers.Close();
        node.Store.Flushes.Open();
        await node.Store.FlushAnswers.Reached;
        node.Store.Flushes.Close();
        node.Store.FlushAnswers.Open();
        await birth;
        await node.Store.Flushes.Reached;
        Assert.False(commit.IsCompleted);
        Assert.Null(await node.StoredAsync(session, "b"));
        node.Store.Flushes.Open();
        await commit;

        Assert.Equal("2", await node.StoredAsync(session, "b"));
    }

    [Fact]
    public async Task A_birth_that_failed_transiently_is_tried_once_more_while_its_request_waits()
    {
        await using var node = EngineHarness.Start();
        var session = Unborn(node);
        node.Store.FlushFailures.Enqueue((NotReached, AfterEffect: false));

        await node.Engine.BirthAsync(session, default).Soon();

        Assert.Equal("1", await node.StoredAsync(session, "a"));
    }

    private static LiveSession Unborn(EngineHarness node) => node.Set(node.Engine.Create(), "a", "1");
}
