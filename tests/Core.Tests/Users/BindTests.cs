using HybridSession.Core.Tests.Doubles;
using HybridSession.Hot;
using HybridSession.Payload;
using HybridSession.Users;

namespace HybridSession.Core.Tests.Users;

public sealed class BindTests
{
    private static readonly BackingStoreException AnswerLost = new("answer lost", BackingStoreFailure.Transient, outcomeUnknown: true, null);

    [Fact]
    public async Task A_bound_session_is_stored_with_its_user_when_the_bind_completes()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();

        Assert.Equal(BindResult.Bound, await node.Engine.BindAsync(session, "anna", default).AsTask().Soon());

        Assert.Equal("anna", SessionUser.Of(session.Payload));
        Assert.Equal("anna", await StoredUserAsync(node, session));
        Assert.Equal("1", EngineHarness.Get(session, "a"));
        Assert.Equal(0, node.Engine.Unconfirmed().Count);
        Assert.Single(await node.Engine.Administration.FindByUserAsync("anna"));
    }

    [Fact]
    public async Task A_new_session_is_stored_first()
    {
        await using var node = EngineHarness.Start();
        var session = node.Engine.Create();

        Assert.Equal(BindResult.Bound, await node.Engine.BindAsync(session, "anna", default).AsTask().Soon());

        Assert.True(session.IsStored);
        Assert.Equal(1, node.Rows.Count);
        Assert.Equal("anna", await StoredUserAsync(node, session));
    }

    [Fact]
    public async Task Changes_that_are_made_during_a_bind_are_kept()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        node.Set(session, "before", "1");
        node.Store.Binds.Close();
        var binding = node.Engine.BindAsync(session, "anna", default).AsTask();
        await node.Store.Binds.Reached;

        node.Set(session, "during", "2");
        Assert.Null(SessionUser.Of(session.Payload));
        node.Store.Binds.Open();
        Assert.Equal(BindResult.Bound, await binding.Soon());
        await node.DrainAsync();

        Assert.Equal(("1", "2"), (await node.StoredAsync(session, "before"), await node.StoredAsync(session, "during")));
        Assert.Equal("anna", await StoredUserAsync(node, session));
        node.Engine.CheckInvariants();
    }

    [Fact]
    public async Task A_flush_that_comes_between_makes_the_bind_start_from_its_row()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        node.Store.Binds.Close();
        var binding = node.Engine.BindAsync(session, "anna", default).AsTask();
        await node.Store.Binds.Reached;
        node.Set(session, "x", "1");
        await node.DrainAsync();

        node.Store.Binds.Open();

        Assert.Equal(BindResult.Bound, await binding.Soon());
        Assert.Equal("1", await node.StoredAsync(session, "x"));
        Assert.Equal("anna", await StoredUserAsync(node, session));
    }

    [Fact]
    public async Task Changes_of_another_node_survive_a_bind_and_the_user_survives_theirs()
    {
        await using var a = EngineHarness.Start();
        await using var b = a.StartPeer();
        var onA = await a.BornAsync();
        var onB = (await b.OpenAsync(onA.Token)).Session!;
        b.Set(onB, "b", "2");
        await b.DrainAsync();

        Assert.Equal(BindResult.Bound, await a.Engine.BindAsync(onA, "anna", default).AsTask().Soon());
        b.Set(onB, "b", "3");
        await b.DrainAsync();

        Assert.Equal("anna", await StoredUserAsync(a, onA));
        Assert.Equal("3", await a.StoredAsync(onA, "b"));
        Assert.Equal("anna", SessionUser.Of(onB.Payload));
        Assert.Single(await a.Engine.Administration.FindByUserAsync("anna"));
    }

    [Fact]
    public async Task A_session_is_not_bound_to_a_second_user_also_when_another_node_was_faster()
    {
        await using var a = EngineHarness.Start();
        await using var b = a.StartPeer();
        var onA = await a.BornAsync();
        var onB = (await b.OpenAsync(onA.Token)).Session!;
        Assert.Equal(BindResult.Bound, await a.Engine.BindAsync(onA, "anna", default).AsTask().Soon());

        Assert.Equal(BindResult.OtherUser, await b.Engine.BindAsync(onB, "bert", default).AsTask().Soon());

        Assert.Equal("anna", await StoredUserAsync(a, onA));
        Assert.Empty(await a.Engine.Administration.FindByUserAsync("bert"));
    }

    [Fact]
    public async Task What_is_bound_to_nobody_may_be_bound_to_another()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        await node.Engine.BindAsync(session, "anna", default).AsTask().Soon();

        Assert.Equal(BindResult.Bound, await node.Engine.BindAsync(session, null, default).AsTask().Soon());
        Assert.Null(SessionUser.Of(session.Payload));
        Assert.Empty(await node.Engine.Administration.FindByUserAsync("anna"));

        Assert.Equal(BindResult.Bound, await node.Engine.BindAsync(session, "bert", default).AsTask().Soon());
        Assert.Equal("bert", await StoredUserAsync(node, session));
    }

    [Fact]
    public async Task A_new_token_keeps_the_user()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        await node.Engine.BindAsync(session, "anna", default).AsTask().Soon();

        var moved = await node.Engine.RegenerateAsync(session, default).Soon();

        Assert.Equal("anna", SessionUser.Of(moved!.Payload));
        Assert.Equal([moved.Key.ToPublicId()], (await node.Engine.Administration.FindByUserAsync("anna")).Select(found => found.Id));
    }

    [Fact]
    public async Task A_bind_that_the_limit_refuses_leaves_the_session_as_it_was()
    {
        await using var node = EngineHarness.Start(o => (o.Users.MaxSessionsPerUser, o.Users.AtLimit) = (1, UserLimitBehavior.Refuse));
        var first = await node.BornAsync();
        await node.Engine.BindAsync(first, "anna", default).AsTask().Soon();
        var second = await node.BornAsync("k", "v");

        Assert.Equal(BindResult.LimitReached, await node.Engine.BindAsync(second, "anna", default).AsTask().Soon());
        node.Set(second, "k", "w");
        await node.DrainAsync();

        Assert.Null(SessionUser.Of(second.Payload));
        Assert.Equal("w", await node.StoredAsync(second, "k"));
        Assert.Equal(1, await node.Engine.Administration.CountByUserAsync("anna"));
    }

    [Fact]
    public async Task What_a_bind_drops_ends_in_memory_at_once_and_tells_who_keeps_it_open()
    {
        await using var node = EngineHarness.Start(o => o.Users.MaxSessionsPerUser = 1);
        var first = await node.BornAsync();
        await node.Engine.BindAsync(first, "anna", default).AsTask().Soon();
        using var watch = node.Engine.Watch(first);
        node.Set(first, "x", "not stored yet");
        var second = await node.BornAsync();

        Assert.Equal(BindResult.Bound, await node.Engine.BindAsync(second, "anna", default).AsTask().Soon());

        Assert.True(first.IsEnded);
        await Task.Delay(Timeout.Infinite, watch.Token).ContinueWith(static _ => { }, TaskScheduler.Default).Soon();
        Assert.Equal(SessionOrigin.Removed, (await node.OpenAsync(first.Token)).Origin);
        Assert.Equal(1, node.Rows.Count);
    }

    [Fact]
    public async Task A_bind_of_a_session_that_was_removed_meanwhile_binds_nothing()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        node.Store.Binds.Close();
        var binding = node.Engine.BindAsync(session, "anna", default).AsTask();
        await node.Store.Binds.Reached;
        await node.Rows.RemoveAsync(session.Key, default);

        node.Store.Binds.Open();

        Assert.Equal(BindResult.Ended, await binding.Soon());
        Assert.True(session.IsEnded);
        Assert.Equal(0, node.Rows.Count);
        Assert.Equal(BindResult.Ended, await node.Engine.BindAsync(session, "anna", default).AsTask().Soon());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task After_a_lost_answer_the_next_use_reads_what_came_of_it(bool afterEffect)
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        node.Store.BindFailures.Enqueue((AnswerLost, afterEffect));

        await Assert.ThrowsAsync<BackingStoreException>(async () => await node.Engine.BindAsync(session, "anna", default));
        await node.DrainAsync();

        var opened = (await node.OpenAsync(session.Token)).Session!;
        Assert.Equal(afterEffect ? "anna" : null, SessionUser.Of(opened.Payload));
        Assert.Equal(afterEffect ? "anna" : null, await StoredUserAsync(node, session));
        Assert.Equal(BindResult.Bound, await node.Engine.BindAsync(opened, "anna", default).AsTask().Soon());
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    public async Task What_is_no_id_of_a_user_is_refused_before_anything_is_done(string userId)
    {
        await using var node = EngineHarness.Start();

        await Assert.ThrowsAsync<ArgumentException>(async () => await node.Engine.BindAsync(node.Engine.Create(), userId, default));
        await Assert.ThrowsAsync<ArgumentException>(async () => await node.Engine.Administration.RevokeUserAsync(userId));

        Assert.Equal(0, node.Store.Calls);
    }

    [Fact]
    public void An_id_is_text_of_at_most_200_bytes_and_no_message_shows_it()
    {
        Assert.Throws<ArgumentException>(() => UserIds.Encode("a" + '\ud800'));
        Assert.Equal(200, UserIds.Encode(new string('x', 200)).Length);
        Assert.DoesNotContain("ä", Assert.Throws<ArgumentException>(() => UserIds.Encode(new string('ä', 101))).Message, StringComparison.Ordinal);
        Assert.DoesNotContain("xx", Assert.Throws<ArgumentException>(() => UserIds.Encode(new string('x', 201))).Message, StringComparison.Ordinal);
    }

    private static async Task<string?> StoredUserAsync(EngineHarness node, LiveSession session)
    {
        var row = (await node.Rows.LoadAsync([session.Key], default))[0];
        Assert.True(PackedSession.TryRead(row!.Payload, out var payload, out var problem), problem);
        return SessionUser.Of(payload);
    }
}
