using HybridSession.Consistency;
using HybridSession.Core.Tests.Doubles;
using HybridSession.Hot;
using HybridSession.Users;

namespace HybridSession.Core.Tests.Users;

public sealed class RevokeTests
{
    private static readonly BackingStoreException AnswerLost = new("answer lost", BackingStoreFailure.Transient, outcomeUnknown: true, null);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    private readonly PeerNetwork _network = new();

    [Fact]
    public async Task A_revoked_session_ends_in_memory_with_what_it_had_not_stored()
    {
        await using var node = EngineHarness.Start();
        var (mine, other) = (await BoundAsync(node, "anna"), await BoundAsync(node, "anna"));
        node.Set(mine, "x", "dirty");

        Assert.Equal(2, await node.Engine.Administration.RevokeUserAsync("anna"));
        await node.DrainAsync();

        Assert.True(mine.IsEnded && other.IsEnded);
        Assert.Equal(0, node.Rows.Count);
        Assert.Equal(SessionOrigin.Removed, (await node.OpenAsync(mine.Token)).Origin);
        Assert.Equal(0, await node.Engine.Administration.RevokeUserAsync("anna"));
        node.Engine.CheckInvariants();
    }

    [Fact]
    public async Task One_may_be_spared()
    {
        await using var node = EngineHarness.Start();
        var (mine, other) = (await BoundAsync(node, "anna"), await BoundAsync(node, "anna"));

        Assert.Equal(1, await node.Engine.Administration.RevokeUserAsync("anna", mine.Key.ToPublicId()));

        Assert.False(mine.IsEnded);
        Assert.True(other.IsEnded);
        await Assert.ThrowsAsync<ArgumentException>(async () => await node.Engine.Administration.RevokeUserAsync("anna", "nothing"));
    }

    [Fact]
    public async Task One_session_is_revoked_by_its_id_whoever_it_belongs_to()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();

        Assert.True(await node.Engine.Administration.RevokeAsync(session.Key.ToPublicId()));
        Assert.False(await node.Engine.Administration.RevokeAsync(session.Key.ToPublicId()));
        Assert.False(await node.Engine.Administration.RevokeAsync("x"));

        Assert.True(session.IsEnded);
        Assert.Equal(0, node.Rows.Count);
    }

    [Fact]
    public async Task What_is_shown_of_a_session_is_its_id_and_its_times()
    {
        await using var node = EngineHarness.Start();
        var first = await BoundAsync(node, "anna");
        await node.PassAsync(TimeSpan.FromMinutes(1));
        var second = await BoundAsync(node, "anna");

        var found = await node.Engine.Administration.FindByUserAsync("anna");

        Assert.Equal(new[] { first, second }.Select(session => session.Key.ToPublicId()).Order(), found.Select(session => session.Id));
        var old = found.Single(session => session.Id == first.Key.ToPublicId());
        Assert.Equal((TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(19)), (old.Age, old.ExpiresIn));
        Assert.Equal(2, await node.Engine.Administration.CountByUserAsync("anna"));
        Assert.Equal(2, await node.Engine.Administration.CountAsync());
        Assert.Single(await node.Engine.Administration.FindByUserAsync("anna", 1, found[0].Id));
    }

    [Fact]
    public async Task A_load_that_read_the_row_before_the_removal_brings_nothing_back()
    {
        await using var node = EngineHarness.Start();
        await using var peer = node.StartPeer();
        var session = await BoundAsync(node, "anna");
        peer.Store.Loads.Close();
        var opening = peer.OpenAsync(session.Token);
        await peer.Store.Loads.Reached;

        var revoking = peer.Engine.Administration.RevokeUserAsync("anna").AsTask();
        Assert.Equal(1, await revoking.Soon());
        peer.Store.Loads.Open();

        Assert.Null((await opening.Soon()).Session);
        Assert.Null((await peer.OpenAsync(session.Token)).Session);
    }

    [Fact]
    public async Task A_bind_under_way_is_over_when_its_session_is_revoked_and_the_session_does_not_come_back()
    {
        await using var node = EngineHarness.Start();
        var session = await BoundAsync(node, "anna");
        node.Store.Binds.Close();
        var binding = node.Engine.BindAsync(session, "anna", default).AsTask();
        await node.Store.Binds.Reached;

        Assert.Equal(1, await node.Engine.Administration.RevokeUserAsync("anna").AsTask().Soon());
        node.Store.Binds.Open();

        Assert.Equal(BindResult.Ended, await binding.Soon());
        await node.DrainAsync();
        Assert.Equal(0, node.Rows.Count);
        Assert.Equal(0, await node.Engine.Administration.CountByUserAsync("anna"));
    }

    [Fact]
    public async Task A_bind_that_was_committed_before_is_revoked_though_its_answer_comes_later()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        node.Store.BindAnswers.Close();
        var binding = node.Engine.BindAsync(session, "anna", default).AsTask();
        await node.Store.BindAnswers.Reached;

        Assert.Equal(1, await node.Engine.Administration.RevokeUserAsync("anna").AsTask().Soon());
        node.Store.BindAnswers.Open();
        await binding.Soon();
        await node.DrainAsync();

        Assert.True(session.IsEnded);
        Assert.Equal(0, node.Rows.Count);
        Assert.Equal(SessionOrigin.Removed, (await node.OpenAsync(session.Token)).Origin);
    }

    [Fact]
    public async Task After_a_lost_answer_no_copy_in_memory_serves_unread()
    {
        await using var node = EngineHarness.Start();
        var session = await BoundAsync(node, "anna");
        node.Store.RevokeFailures.Enqueue(AnswerLost);

        await Assert.ThrowsAsync<BackingStoreException>(async () => await node.Engine.Administration.RevokeUserAsync("anna"));

        Assert.Null((await node.OpenAsync(session.Token)).Session);
    }

    [Fact]
    public async Task A_thousand_sessions_of_a_user_end_on_every_node_before_the_call_returns()
    {
        await using var a = await EngineHarness.JoinAsync(_network);
        await using var b = await EngineHarness.JoinAsync(_network, a);
        List<(LiveSession OnA, LiveSession OnB, SessionStamp Stamp)> sessions = [];
        for (var i = 0; i < 1_000; i++)
        {
            var onA = await BoundAsync(a, "anna");
            var stamp = a.Engine.StampOf(onA);
            sessions.Add((onA, (await OpenAsync(b, onA.Token, stamp)).Session!, stamp));
        }

        var bystander = await BoundAsync(a, "bert");
        using var watch = b.Engine.Watch(sessions[500].OnB);
        var sent = _network.Sent.Count;

        var revoking = a.Engine.Administration.RevokeUserAsync("anna", sessions[0].OnA.Key.ToPublicId()).AsTask();
        await a.UntilAsync(() => revoking.IsCompleted, Step);

        Assert.Equal(999, await revoking);
        Assert.All(sessions.Skip(1), session => Assert.True(session.OnA.IsEnded));
        Assert.All(sessions.Skip(1), session => Assert.False(b.Engine.TryOpenHot(session.OnB.TokenText, session.Stamp, out _)));
        Assert.All(sessions.Skip(990), session => Assert.Equal(SessionOrigin.Removed, OpenAsync(b, session.OnB.Token, session.Stamp).Result.Origin));
        Assert.NotNull((await OpenAsync(b, sessions[0].OnB.Token, sessions[0].Stamp)).Session);
        Assert.NotNull((await OpenAsync(b, bystander.Token, a.Engine.StampOf(bystander))).Session);
        await b.UntilAsync(() => watch.Token.IsCancellationRequested, Step);
        // Many in a message: a thousand messages would be a flood.
        Assert.InRange(_network.Sent.Count - sent, 2, 500);
    }

    [Fact]
    public async Task What_a_bind_drops_ends_on_every_node_before_the_call_returns()
    {
        await using var a = await EngineHarness.JoinAsync(_network, configure: o => o.Users.MaxSessionsPerUser = 1);
        await using var b = await EngineHarness.JoinAsync(_network, a);
        var old = await BoundAsync(b, "anna");
        var stamp = b.Engine.StampOf(old);
        using var watch = b.Engine.Watch(old);

        await BoundAsync(a, "anna");

        Assert.False(b.Engine.TryOpenHot(old.TokenText, stamp, out _));
        Assert.Equal(SessionOrigin.Removed, (await OpenAsync(b, old.Token, stamp)).Origin);
        await b.UntilAsync(() => watch.Token.IsCancellationRequested, Step);
    }

    [Fact]
    public async Task After_a_lost_answer_the_other_nodes_read_all_their_copies_once_more()
    {
        await using var a = await EngineHarness.JoinAsync(_network);
        await using var b = await EngineHarness.JoinAsync(_network, a);
        var session = await BoundAsync(b, "anna");
        var stamp = b.Engine.StampOf(session);
        Assert.True(b.Engine.TryOpenHot(session.TokenText, stamp, out _));
        a.Store.RevokeFailures.Enqueue(AnswerLost);

        await Assert.ThrowsAsync<BackingStoreException>(async () => await a.Engine.Administration.RevokeUserAsync("anna"));

        await b.UntilAsync(() => !b.Engine.TryOpenHot(session.TokenText, stamp, out _));
        Assert.Null((await OpenAsync(b, session.Token, stamp)).Session);
    }

    private static async Task<LiveSession> BoundAsync(EngineHarness node, string user)
    {
        var session = await node.BornAsync();
        var binding = node.Engine.BindAsync(session, user, default).AsTask();
        await node.UntilAsync(() => binding.IsCompleted, Step);
        Assert.Equal(BindResult.Bound, await binding);
        return session;
    }

    private static async Task<OpenResult> OpenAsync(EngineHarness node, SessionToken token, SessionStamp stamp)
    {
        if (node.Engine.TryOpenHot(token.Encode(), stamp, out var hot)) return hot;
        var opening = node.Engine.OpenAsync(token, stamp, default).AsTask();
        await node.UntilAsync(() => opening.IsCompleted, Step);
        return await opening;
    }
}
