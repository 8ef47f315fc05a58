using HybridSession.Core.Tests.Doubles;
using HybridSession.WriteBehind;

namespace HybridSession.Core.Tests.Engine;

public sealed class BacklogTests
{
    [Fact]
    public void A_backlog_within_its_limit_makes_nobody_wait()
    {
        var backlog = new Backlog(100);
        backlog.Add(100);

        Assert.False(backlog.IsFull);
        Assert.True(backlog.WaitForRoomAsync(TestContext.Current.CancellationToken).AsTask().IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Everybody_who_waits_goes_on_when_there_is_room()
    {
        var backlog = new Backlog(100);
        backlog.Add(150);
        var waiting = Enumerable.Range(0, 10).Select(_ => backlog.WaitForRoomAsync(default).AsTask()).ToArray();

        backlog.Add(-20);
        Assert.All(waiting, task => Assert.False(task.IsCompleted));
        backlog.Add(-30);

        await Task.WhenAll(waiting).Soon();
        Assert.Equal(100, backlog.Bytes);
    }

    [Fact]
    public async Task A_backlog_that_fills_again_before_the_waiter_looks_makes_it_wait_on()
    {
        var backlog = new Backlog(100);
        backlog.Add(150);
        var waiting = backlog.WaitForRoomAsync(default).AsTask();
        backlog.Add(-100);
        backlog.Add(100);
        backlog.Add(-100);

        await waiting.Soon();
    }

    [Fact]
    public async Task Waiting_for_room_ends_when_it_is_cancelled()
    {
        var backlog = new Backlog(100);
        backlog.Add(150);
        using var cancel = new CancellationTokenSource();
        var waiting = backlog.WaitForRoomAsync(cancel.Token).AsTask();

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.Soon());
    }

    [Fact]
    public async Task No_waiter_is_forgotten_while_many_threads_fill_and_drain()
    {
        var backlog = new Backlog(100);
        var workers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 5_000; i++)
            {
                backlog.Add(60);
                backlog.Add(-60);
                await backlog.WaitForRoomAsync(default);
            }
        }));

        await Task.WhenAll(workers).Soon();

        Assert.Equal(0, backlog.Bytes);
    }

    [Fact]
    public async Task Many_small_changes_of_a_waiting_session_are_counted_too()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        node.Set(session, "a", "2");
        var before = node.Engine.Memory.Dirty;

        for (var i = 0; i < 100; i++) node.Set(session, $"key {i}", new string('x', 400));

        Assert.InRange(node.Engine.Memory.Dirty - before, 40_000, 60_000);
    }

    [Fact]
    public async Task What_is_stored_refused_removed_or_given_up_leaves_the_backlog_empty()
    {
        await using var node = EngineHarness.Start(o => o.Flushers = 1);
        var sessions = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => node.BornAsync()));
        node.Store.Refuses = write => write.Key == sessions[1].Key;
        foreach (var session in sessions) node.Set(session, "a", new string('x', 1_000));
        Assert.InRange(node.Engine.Memory.Dirty, 4_000, 8_000);

        await node.Engine.RemoveAsync(sessions[0], default).Soon();
        using var cancel = new CancellationTokenSource();
        node.Store.Flushes.Close();
        var birth = node.Engine.BirthAsync(node.Set(node.Engine.Create(), "a", "1"), cancel.Token).AsTask();
        await node.Store.Flushes.Reached;
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => birth);
        node.Store.Flushes.Open();

        Assert.Equal(0, await node.DrainAsync());
        Assert.Equal(0, node.Engine.Memory.Dirty);
        node.Engine.CheckInvariants();
    }

    [Fact]
    public async Task A_change_of_a_birth_that_was_given_up_while_it_waited_is_not_counted()
    {
        await using var node = EngineHarness.Start(o => o.Flushers = 1);
        node.Store.Flushes.Close();
        var hanging = node.Engine.BirthAsync(node.Set(node.Engine.Create(), "a", "1"), default).AsTask();
        await node.Store.Flushes.Reached;
        var session = node.Set(node.Engine.Create(), "a", "1");
        using var cancel = new CancellationTokenSource();
        var birth = node.Engine.BirthAsync(session, cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => birth.Soon());

        node.Set(session, "b", new string('x', 5_000));
        node.Store.Flushes.Open();
        await hanging.Soon();

        Assert.Equal(0, await node.DrainAsync());
        Assert.Equal(0, node.Engine.Memory.Dirty);
    }

    [Fact]
    public async Task A_full_backlog_lets_a_waiting_commit_go_on_when_the_store_catches_up()
    {
        await using var node = EngineHarness.Start(o => o.MaxDirtyBytes = 10_000);
        var session = await node.BornAsync();
        node.Store.Flushes.Close();
        node.Set(session, "a", new string('x', 20_000));
        var commit = node.Engine.CommitAsync(session, Durability.WriteBehind, default).AsTask();
        Assert.False(commit.IsCompleted);

        node.Store.Flushes.Open();
        await node.UntilAsync(() => commit.IsCompleted, TimeSpan.FromMilliseconds(50));

        await commit;
        Assert.Equal(0, node.Engine.Memory.Dirty);
    }
}
