using HybridSession.Core.Tests.Doubles;
using HybridSession.Hot;

namespace HybridSession.Core.Tests.Engine;

public sealed class MergeOnConflictTests
{
    private static readonly BackingStoreException AnswerLost = new("answer lost", BackingStoreFailure.Transient, outcomeUnknown: true, null);

    [Fact]
    public async Task Two_nodes_that_change_different_keys_both_find_their_change_in_the_row()
    {
        await using var a = EngineHarness.Start();
        await using var b = a.StartPeer();
        var (onA, onB) = await OnBothAsync(a, b);
        a.Set(onA, "from a", "1");
        b.Set(onB, "from b", "2");

        Assert.Equal(0, await a.DrainAsync());
        Assert.Equal(0, await b.DrainAsync());

        Assert.Equal("1", await a.StoredAsync(onA, "from a"));
        Assert.Equal("2", await a.StoredAsync(onA, "from b"));
        Assert.Equal("1", EngineHarness.Get(onB, "from a"));
    }

    [Fact]
    public async Task Of_two_changes_of_one_key_the_higher_version_wins_whoever_flushes_last()
    {
        foreach (var aFirst in (bool[])[true, false])
        {
            await using var a = EngineHarness.Start();
            await using var b = a.StartPeer();
            var (onA, onB) = await OnBothAsync(a, b);
            a.Set(onA, "x", "low");
            for (var i = 0; i < 5; i++) b.Set(onB, "x", $"high {i}");

            foreach (var node in aFirst ? new[] { a, b } : [b, a]) Assert.Equal(0, await node.DrainAsync());

            Assert.Equal("high 4", await a.StoredAsync(onA, "x"));
        }
    }

    [Fact]
    public async Task A_removed_entry_never_comes_back_by_a_merge()
    {
        await using var a = EngineHarness.Start();
        await using var b = a.StartPeer();
        var (onA, onB) = await OnBothAsync(a, b);
        a.Remove(onA, "a");
        b.Set(onB, "b", "2");

        Assert.Equal(0, await a.DrainAsync());
        Assert.Equal(0, await b.DrainAsync());

        Assert.Null(await a.StoredAsync(onA, "a"));
        Assert.Equal("2", await a.StoredAsync(onA, "b"));
        Assert.Null(EngineHarness.Get(onB, "a"));
    }

    [Fact]
    public async Task A_commit_whose_answer_was_lost_is_settled_by_the_next_flush_and_changes_nothing()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        node.Store.FlushFailures.Enqueue((AnswerLost, AfterEffect: true));
        node.Set(session, "a", "2");
        await node.UntilAsync(() => node.Engine.Unconfirmed().Count == 0, TimeSpan.FromMilliseconds(100));
        var row = (await node.Rows.LoadAsync([session.Key], default))[0]!;

        Assert.Equal(0, await node.DrainAsync());

        Assert.Equal(row.Version, session.BaseVersion);
        Assert.Same(row.Payload, (await node.Rows.LoadAsync([session.Key], default))[0]!.Payload);
        Assert.Equal("2", await node.StoredAsync(session, "a"));
    }

    [Fact]
    public async Task A_commit_whose_answer_was_lost_before_another_change_ends_with_both_in_the_row()
    {
        await using var node = EngineHarness.Start(o => o.Flushers = 1);
        var session = await node.BornAsync();
        node.Store.FlushFailures.Enqueue((AnswerLost, AfterEffect: true));
        node.Store.Flushes.Close();
        node.Set(session, "b", "2");
        node.Time.Advance(node.Options.MaxDirtyAge);
        await node.Store.Flushes.Reached;
        node.Set(session, "c", "3");
        var commit = node.Engine.CommitAsync(session, Durability.Durable, default).AsTask();

        node.Store.Flushes.Open();
        await commit.Soon();

        Assert.Equal("2", await node.StoredAsync(session, "b"));
        Assert.Equal("3", await node.StoredAsync(session, "c"));
        Assert.Equal(0, node.Engine.Unconfirmed().Count);
    }

    [Fact]
    public async Task A_merge_that_equals_the_row_is_done_without_another_write()
    {
        await using var a = EngineHarness.Start(o => o.Flushers = 1);
        await using var b = a.StartPeer(o => o.Flushers = 1);
        var onA = await a.BornAsync();
        a.Store.FlushFailures.Enqueue((AnswerLost, AfterEffect: true));
        a.Store.FlushAnswers.Close();
        a.Set(onA, "x", "1");
        a.Time.Advance(a.Options.MaxDirtyAge);
        await a.Store.FlushAnswers.Reached;

        // The change is stored, its answer is lost, and the other node builds on it.
        var onB = (await b.OpenAsync(onA.Token)).Session!;
        b.Set(onB, "y", "2");
        Assert.Equal(0, await b.DrainAsync());
        var row = (await a.Rows.LoadAsync([onA.Key], default))[0]!;
        a.Store.FlushAnswers.Open();

        await a.UntilAsync(() => a.Engine.Unconfirmed().Count == 0, TimeSpan.FromMilliseconds(50));

        Assert.Equal("2", EngineHarness.Get(onA, "y"));
        Assert.Equal(row.Version, onA.BaseVersion);
        Assert.Same(row.Payload, (await a.Rows.LoadAsync([onA.Key], default))[0]!.Payload);
    }

    [Fact]
    public async Task A_changed_session_whose_row_is_gone_is_removed_here_and_its_waiters_go_on()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        await node.Rows.RemoveAsync(session.Key, default);
        node.Set(session, "a", "2");

        await node.Engine.CommitAsync(session, Durability.Durable, default).Soon();

        Assert.True(session.IsEnded);
        Assert.Equal(SessionOrigin.Removed, (await node.OpenAsync(session.Token)).Origin);
        Assert.Equal(0, node.Engine.Unconfirmed().Count);
        await node.UntilAsync(() => node.Metrics.Sum("hybridsession.flush.outcome", "outcome=gone") == 1);
    }

    [Fact]
    public async Task A_conflict_that_arrives_after_its_session_has_ended_leaves_nothing_behind()
    {
        await using var a = EngineHarness.Start(o => o.Flushers = 1);
        await using var b = a.StartPeer();
        var (onA, onB) = await OnBothAsync(a, b);
        b.Set(onB, "b", "2");
        Assert.Equal(0, await b.DrainAsync());
        a.Store.FlushAnswers.Close();
        a.Set(onA, "a", "2");
        a.Time.Advance(a.Options.MaxDirtyAge);
        await a.Store.FlushAnswers.Reached;

        await a.Engine.RemoveAsync(onA, default).Soon();
        a.Store.FlushAnswers.Open();
        await a.UntilAsync(() => a.Metrics.Sum("hybridsession.flush.outcome", "outcome=conflict") > 0);
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(2));

        Assert.Equal(0, await a.Engine.DrainAsync(soon.Token));
        Assert.Equal(0, a.Engine.Memory.Dirty);
        Assert.Equal(0, a.Rows.Count);
        a.Engine.CheckInvariants();
    }

    [Fact]
    public async Task Many_rounds_on_three_nodes_converge_and_every_nodes_own_key_keeps_its_last_value()
    {
        await using var a = EngineHarness.Start();
        await using var b = a.StartPeer();
        await using var c = a.StartPeer();
        var onA = await a.BornAsync();
        EngineHarness[] nodes = [a, b, c];
        var live = new LiveSession[3];
        for (var n = 0; n < 3; n++) live[n] = (await nodes[n].OpenAsync(onA.Token)).Session!;

        for (var round = 0; round < 30; round++)
        {
            for (var n = 0; n < 3; n++) live[n] = nodes[n].Set(live[n], $"node {n}", $"{round}");
            await Task.WhenAll(nodes.Select(node => node.DrainAsync()));
        }

        for (var n = 0; n < 3; n++) Assert.Equal("29", await a.StoredAsync(onA, $"node {n}"));
        foreach (var node in nodes) node.Engine.CheckInvariants();
    }

    private static async Task<(LiveSession OnA, LiveSession OnB)> OnBothAsync(EngineHarness a, EngineHarness b)
    {
        var onA = await a.BornAsync();
        return (onA, (await b.OpenAsync(onA.Token)).Session!);
    }
}
