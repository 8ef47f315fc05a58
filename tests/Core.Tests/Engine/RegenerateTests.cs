using HybridSession.Core.Tests.Doubles;

namespace HybridSession.Core.Tests.Engine;

public sealed class RegenerateTests
{
    private static readonly BackingStoreException AnswerLost = new("answer lost", BackingStoreFailure.Transient, outcomeUnknown: true, null);
    private static readonly BackingStoreException NotReached = new("not reached", BackingStoreFailure.Transient, outcomeUnknown: false, null);

    [Fact]
    public async Task A_session_that_was_never_stored_gets_a_fresh_token_without_a_store_call()
    {
        await using var node = EngineHarness.Start();
        var session = node.Set(node.Engine.Create(), "a", "1");
        var token = session.Token;

        Assert.Same(session, await node.Engine.RegenerateAsync(session, default).Soon());

        Assert.NotEqual(token, session.Token);
        Assert.Equal(0, node.Store.Calls);
    }

    [Fact]
    public async Task A_lost_answer_to_a_change_that_was_made_is_read_from_the_rows()
    {
        await using var node = EngineHarness.Start();
        var old = await node.BornAsync();
        node.Store.RekeyFailures.Enqueue((AnswerLost, AfterEffect: true));

        var renewed = await node.Engine.RegenerateAsync(old, default).Soon();

        Assert.NotNull(renewed);
        Assert.Equal("1", await node.StoredAsync(renewed, "a"));
        Assert.Equal(1, node.Rows.Count);
        Assert.Equal(SessionOrigin.Replaced, (await node.OpenAsync(old.Token)).Origin);
    }

    [Fact]
    public async Task A_lost_answer_to_a_change_that_was_not_made_makes_another_attempt()
    {
        await using var node = EngineHarness.Start();
        var old = await node.BornAsync();
        node.Store.RekeyFailures.Enqueue((AnswerLost, AfterEffect: false));

        var renewed = await node.Engine.RegenerateAsync(old, default).Soon();

        Assert.Equal("1", await node.StoredAsync(renewed!, "a"));
        Assert.Equal(1, node.Rows.Count);
    }

    [Fact]
    public async Task A_lost_answer_that_cannot_be_read_from_the_rows_either_is_told_as_unknown()
    {
        await using var node = EngineHarness.Start();
        var old = await node.BornAsync();
        node.Store.RekeyFailures.Enqueue((AnswerLost, AfterEffect: true));
        node.Store.RekeyAnswers.Close();
        var renewing = node.Engine.RegenerateAsync(old, default).AsTask();
        await node.Store.RekeyAnswers.Reached;
        node.Store.Outage = () => NotReached;

        node.Store.RekeyAnswers.Open();
        var failure = await Assert.ThrowsAsync<BackingStoreException>(() => renewing.Soon());

        Assert.True(failure.OutcomeUnknown);
    }

    [Fact]
    public async Task A_change_that_failed_for_certain_leaves_the_session_under_its_token()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        node.Store.RekeyFailures.Enqueue((NotReached, AfterEffect: false));

        await Assert.ThrowsAsync<BackingStoreException>(() => node.Engine.RegenerateAsync(session, default).Soon());

        Assert.Same(session, (await node.OpenAsync(session.Token)).Session);
        node.Set(session, "a", "2");
        Assert.Equal(0, await node.DrainAsync());
        Assert.Equal("2", await node.StoredAsync(session, "a"));
    }

    [Fact]
    public async Task A_session_whose_flush_found_no_row_while_the_change_failed_is_over()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        node.Store.RekeyFailures.Enqueue((AnswerLost, AfterEffect: true));
        node.Store.RekeyAnswers.Close();
        var renewing = node.Engine.RegenerateAsync(session, default).AsTask();
        await node.Store.RekeyAnswers.Reached;
        node.Set(session, "b", "2");
        var commit = node.Engine.CommitAsync(session, Durability.Durable, default).AsTask();
        await node.UntilAsync(() => node.Metrics.Sum("hybridsession.flush.outcome", "outcome=gone") > 0);
        Assert.False(session.IsEnded);

        node.Store.Outage = () => NotReached;
        node.Store.RekeyAnswers.Open();
        await Assert.ThrowsAsync<BackingStoreException>(() => renewing.Soon());
        await commit.Soon();

        Assert.True(session.IsEnded);
        Assert.Equal(0, node.Engine.Unconfirmed().Count);
        node.Engine.CheckInvariants();
    }

    [Fact]
    public async Task Of_two_changes_of_one_token_at_once_one_wins_and_the_session_lives_on_under_it()
    {
        await using var node = EngineHarness.Start();
        var old = await node.BornAsync();

        var renewed = await Task.WhenAll(node.Engine.RegenerateAsync(old, default).Soon(), node.Engine.RegenerateAsync(old, default).Soon());

        var winner = Assert.Single(renewed, session => session is not null)!;
        Assert.Equal("1", await node.StoredAsync(winner, "a"));
        Assert.Equal(SessionOrigin.Replaced, (await node.OpenAsync(old.Token)).Origin);
        Assert.Equal(1, node.Rows.Count);
    }
}
