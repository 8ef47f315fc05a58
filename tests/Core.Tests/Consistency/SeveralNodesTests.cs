using HybridSession.Consistency;
using HybridSession.Core.Tests.Doubles;
using HybridSession.Hot;

namespace HybridSession.Core.Tests.Consistency;

public sealed class SeveralNodesTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    private readonly PeerNetwork _network = new();

    [Fact]
    public async Task What_the_stamp_covers_the_next_request_sees_on_every_node()
    {
        await using var a = await EngineHarness.JoinAsync(_network);
        await using var b = await EngineHarness.JoinAsync(_network, a);
        var onA = await a.BornAsync();
        await OpenAsync(b, onA.Token, a.Engine.StampOf(onA));

        // Not flushed: the clock stands still.
        a.Set(onA, "x", "2");
        var (onB, origin) = await OpenAsync(b, onA.Token, a.Engine.StampOf(onA));

        Assert.Equal("2", EngineHarness.Get(onB!, "x"));
        Assert.NotEqual(SessionOrigin.Lost, origin);
    }

    [Fact]
    public async Task A_hot_copy_is_read_again_after_another_node_has_stored_a_change()
    {
        await using var a = await EngineHarness.JoinAsync(_network);
        await using var b = await EngineHarness.JoinAsync(_network, a);
        var onA = await a.BornAsync();
        var stamp = a.Engine.StampOf(onA);
        await OpenAsync(b, onA.Token, stamp);

        a.Set(onA, "x", "2");
        await a.DrainAsync();
        await b.UntilAsync(() => !b.Engine.TryOpenHot(onA.TokenText, stamp, out _));

        // The client of the old stamp is another tab: it sees the change although its stamp does not name it.
        Assert.Equal("2", EngineHarness.Get((await OpenAsync(b, onA.Token, stamp)).Session!, "x"));
    }

    [Fact]
    public async Task An_unchanged_session_that_is_used_on_one_node_is_never_read_again()
    {
        await using var a = await EngineHarness.JoinAsync(_network);
        await using var b = await EngineHarness.JoinAsync(_network, a);
        var onA = await a.BornAsync();
        for (var i = 0; i < 100; i++)
        {
            a.Set(onA, "x", $"{i}");
            if (i % 10 == 0) await a.DrainAsync();
            Assert.True(a.Engine.TryOpenHot(onA.TokenText, a.Engine.StampOf(onA), out _));
        }

        Assert.Empty(a.Store.LoadedBatches);
        Assert.Empty(b.Store.LoadedBatches);
    }

    [Fact]
    public async Task A_change_of_a_node_that_has_gone_is_reported_lost_once_and_later_changes_win_over_it()
    {
        await using var a = await EngineHarness.JoinAsync(_network);
        await using var b = await EngineHarness.JoinAsync(_network, a);
        var onA = await a.BornAsync();
        for (var i = 0; i < 5; i++) a.Set(onA, "x", $"lost {i}");
        var seen = a.Engine.StampOf(onA);
        a.Store.Flushes.Close();
        _network.Cut(a.Engine.Node);
        b.Time.Advance(TimeSpan.FromSeconds(2));

        var (onB, origin) = await OpenAsync(b, onA.Token, seen);
        var again = await OpenAsync(b, onA.Token, seen);

        Assert.Equal((SessionOrigin.Lost, SessionOrigin.Memory), (origin, again.Origin));
        Assert.Null(EngineHarness.Get(onB!, "x"));
        Assert.True(b.Engine.StampOf(onB!).Version > seen.Version);
        Assert.Equal(SessionOrigin.Memory, (await OpenAsync(b, onA.Token, b.Engine.StampOf(onB!))).Origin);
        Assert.Single(b.Logs.Of(1604));

        // It was not dead, only late.
        b.Set(onB!, "x", "later");
        await b.DrainAsync();
        a.Store.Flushes.Open();
        await a.DrainAsync();
        Assert.Equal("later", await b.StoredAsync(onB!, "x"));
    }

    [Fact]
    public async Task A_node_whose_link_is_cut_stores_by_itself_what_its_clients_see_elsewhere()
    {
        await using var a = await EngineHarness.JoinAsync(_network);
        await using var b = await EngineHarness.JoinAsync(_network, a);
        var onA = await a.BornAsync();
        await OpenAsync(b, onA.Token, a.Engine.StampOf(onA));
        _network.Cut(a.Engine.Node);
        a.Set(onA, "x", "2");

        var (onB, origin) = await OpenAsync(b, onA.Token, a.Engine.StampOf(onA));

        Assert.Equal("2", EngineHarness.Get(onB!, "x"));
        Assert.NotEqual(SessionOrigin.Lost, origin);
    }

    [Fact]
    public async Task When_every_message_is_lost_nothing_is_stale_for_its_own_client()
    {
        await using var a = await EngineHarness.JoinAsync(_network);
        await using var b = await EngineHarness.JoinAsync(_network, a);
        _network.Drops = static _ => true;
        EngineHarness[] nodes = [a, b];
        var session = await a.BornAsync("x", "0");
        var stamp = a.Engine.StampOf(session);
        for (var i = 1; i <= 20; i++)
        {
            var node = nodes[i % 2];
            var (found, origin) = await OpenAsync(node, session.Token, stamp);
            Assert.NotEqual(SessionOrigin.Lost, origin);
            Assert.Equal($"{i - 1}", EngineHarness.Get(found!, "x"));
            node.Set(found!, "x", $"{i}");
            stamp = node.Engine.StampOf(found!);
        }
    }

    [Fact]
    public async Task A_client_without_a_stamp_is_served_what_the_row_holds()
    {
        await using var a = await EngineHarness.JoinAsync(_network);
        await using var b = await EngineHarness.JoinAsync(_network, a);
        _network.Drops = static _ => true;
        var onA = await a.BornAsync();
        await OpenAsync(b, onA.Token, default);
        a.Set(onA, "x", "2");
        await a.Engine.CommitAsync(onA, Durability.Durable, default);

        Assert.Equal("2", EngineHarness.Get((await OpenAsync(b, onA.Token, default)).Session!, "x"));
    }

    [Fact]
    public async Task A_session_that_was_removed_on_one_node_is_gone_on_every_node()
    {
        await using var a = await EngineHarness.JoinAsync(_network);
        await using var b = await EngineHarness.JoinAsync(_network, a);
        var onA = await a.BornAsync();
        var stamp = a.Engine.StampOf(onA);
        var onB = (await OpenAsync(b, onA.Token, stamp)).Session!;
        using var lease = b.Engine.Watch(onB);

        await a.Engine.RemoveAsync(onA, default);

        await b.UntilAsync(() => lease.Token.IsCancellationRequested);
        Assert.Equal((null, SessionOrigin.Removed), await OpenAsync(b, onA.Token, stamp) is var (session, origin) ? (session, origin) : default);
    }

    [Fact]
    public async Task A_removal_is_answered_when_no_node_that_is_alive_serves_its_copy_any_more()
    {
        await using var a = await EngineHarness.JoinAsync(_network);
        await using var b = await EngineHarness.JoinAsync(_network, a);
        for (var i = 0; i < 50; i++)
        {
            var onA = await a.BornAsync();
            var stamp = a.Engine.StampOf(onA);
            await OpenAsync(b, onA.Token, stamp);
            Assert.True(b.Engine.TryOpenHot(onA.TokenText, stamp, out _));

            await a.Engine.RemoveAsync(onA, default);

            Assert.False(b.Engine.TryOpenHot(onA.TokenText, stamp, out _));
        }
    }

    [Fact]
    public async Task A_removal_waits_for_a_silent_node_once_and_no_longer_than_HandoffTimeout()
    {
        await using var a = await EngineHarness.JoinAsync(_network);
        await using var b = await EngineHarness.JoinAsync(_network, a);
        var (one, two) = (await a.BornAsync(), await a.BornAsync());
        _network.Drops = message => message.Text[1] == (char)PeerNoticeKind.HeardEnd;

        var removing = a.Engine.RemoveAsync(one, default).AsTask();
        await EngineHarness.SettleAsync();
        Assert.False(removing.IsCompleted);
        a.Time.Advance(a.Options.Cluster.HandoffTimeout);
        await removing.Soon();

        await a.Engine.RemoveAsync(two, default).Soon();
    }

    [Fact]
    public async Task A_request_that_finds_no_row_while_its_token_is_being_replaced_elsewhere_hears_why()
    {
        await using var a = await EngineHarness.JoinAsync(_network);
        await using var b = await EngineHarness.JoinAsync(_network, a);
        var onA = await a.BornAsync();
        var stamp = a.Engine.StampOf(onA);
        a.Store.RekeyAnswers.Close();
        var replacing = a.Engine.RegenerateAsync(onA, default).AsTask();
        await a.Store.RekeyAnswers.Reached;

        // Committed, and announced to nobody yet.
        Assert.Equal(SessionOrigin.Replaced, (await OpenAsync(b, onA.Token, stamp)).Origin);

        a.Store.RekeyAnswers.Open();
        Assert.NotNull(await replacing.Soon());
    }

    [Fact]
    public async Task A_late_request_with_a_token_that_was_replaced_on_another_node_hears_that()
    {
        await using var a = await EngineHarness.JoinAsync(_network);
        await using var b = await EngineHarness.JoinAsync(_network, a);
        var onA = await a.BornAsync();
        var stamp = a.Engine.StampOf(onA);
        await OpenAsync(b, onA.Token, stamp);

        var renewed = await a.Engine.RegenerateAsync(onA, default);

        Assert.Equal(SessionOrigin.Replaced, (await OpenAsync(b, onA.Token, stamp)).Origin);
        Assert.NotNull((await OpenAsync(b, renewed!.Token, a.Engine.StampOf(renewed))).Session);
    }

    [Fact]
    public async Task A_forged_message_ends_no_session_and_changes_none()
    {
        await using var a = await EngineHarness.JoinAsync(_network);
        await using var b = await EngineHarness.JoinAsync(_network, a);
        var onA = await a.BornAsync();
        var stamp = a.Engine.StampOf(onA);
        using var lease = a.Engine.Watch(onA);
        PeerItem[] items = [new(onA.Key.PublicId, long.MaxValue)];

        foreach (var kind in Enum.GetValues<PeerNoticeKind>())
            foreach (var text in PeerCodec.Encode(kind, NodeId.FromText("ffffffff"), items, 7_900)) _network.Forge(text);
        _network.Forge("rubbish");

        Assert.Same(onA, (await OpenAsync(a, onA.Token, stamp)).Session);
        Assert.Equal(stamp, a.Engine.StampOf(onA));
        Assert.False(lease.Token.IsCancellationRequested);
    }

    [Fact]
    public async Task A_stamp_that_was_made_up_is_no_reason_to_wait()
    {
        await using var a = await EngineHarness.JoinAsync(_network);
        await using var b = await EngineHarness.JoinAsync(_network, a);
        var onA = await a.BornAsync();
        b.Time.Advance(TimeSpan.FromSeconds(5));

        var (session, origin) = await b.Engine.OpenAsync(onA.Token, new SessionStamp(1L << 40, a.Engine.Node), default).Soon();

        Assert.NotNull(session);
        Assert.NotEqual(SessionOrigin.Lost, origin);
        Assert.Equal(1, session.Payload.Version);
    }

    [Fact]
    public async Task A_node_that_is_alone_tells_its_clients_no_stamp_and_the_second_one_waits_until_all_is_stored()
    {
        await using var a = await EngineHarness.JoinAsync(_network);
        var onA = await a.BornAsync();
        a.Set(onA, "x", "2");
        Assert.True(a.Engine.StampOf(onA).IsNone);

        await using var b = await EngineHarness.JoinAsync(_network, a);

        Assert.Equal("2", await b.StoredAsync(onA, "x"));
        Assert.False(a.Engine.StampOf(onA).IsNone);
    }

    [Fact]
    public async Task Copies_are_read_again_after_the_link_was_lost()
    {
        await using var a = await EngineHarness.JoinAsync(_network);
        await using var b = await EngineHarness.JoinAsync(_network, a);
        var onA = await a.BornAsync();
        var stamp = a.Engine.StampOf(onA);
        await OpenAsync(b, onA.Token, stamp);
        _network.Cut(b.Engine.Node);
        a.Set(onA, "x", "2");
        await a.DrainAsync();
        _network.Mend(b.Engine.Node, b.Link!);

        Assert.Equal("2", EngineHarness.Get((await OpenAsync(b, onA.Token, stamp)).Session!, "x"));
    }

    [Fact]
    public async Task A_session_that_expired_in_the_memory_of_a_node_lives_when_it_was_used_on_another()
    {
        await using var a = await EngineHarness.JoinAsync(_network);
        await using var b = await EngineHarness.JoinAsync(_network, a);
        var onA = await a.BornAsync();
        var stamp = a.Engine.StampOf(onA);
        for (var i = 0; i < 30; i++)
        {
            Assert.NotNull((await OpenAsync(b, onA.Token, stamp)).Session);
            await b.PassAsync(TimeSpan.FromMinutes(1));
        }

        Assert.NotNull((await OpenAsync(a, onA.Token, stamp)).Session);
    }

    [Fact]
    public async Task A_newer_copy_is_written_back_when_the_row_went_back_in_time()
    {
        await using var a = await EngineHarness.JoinAsync(_network);
        await using var b = await EngineHarness.JoinAsync(_network, a);
        var onA = await a.BornAsync();
        var old = (await a.Rows.LoadAsync([onA.Key], default))[0]!;
        a.Set(onA, "x", "2");
        await a.DrainAsync();
        var stamp = a.Engine.StampOf(onA);
        await a.Rows.RemoveAsync(onA.Key, default);
        await a.Rows.FlushAsync([new SessionWrite(onA.Key, old.Payload, old.Version, 0, TimeSpan.FromMinutes(20))], default);

        var (onB, origin) = await OpenAsync(b, onA.Token, stamp);

        Assert.Equal("2", EngineHarness.Get(onB!, "x"));
        Assert.NotEqual(SessionOrigin.Lost, origin);
        Assert.Equal("2", await b.StoredAsync(onA, "x"));
    }

    private static async Task<OpenResult> OpenAsync(EngineHarness node, SessionToken token, SessionStamp stamp)
    {
        if (node.Engine.TryOpenHot(token.Encode(), stamp, out var hot)) return hot;
        var opening = node.Engine.OpenAsync(token, stamp, default).AsTask();
        await node.UntilAsync(() => opening.IsCompleted, Step);
        return await opening;
    }
}
