using HybridSession.Expiration;
using HybridSession.Hot;
using HybridSession.Payload;
using HybridSession.WriteBehind;
using Microsoft.Extensions.Time.Testing;

namespace HybridSession.Core.Tests.Engine;

// Steps that only an unlucky order of threads makes, taken here by hand.
public sealed class SessionShardTests : IDisposable
{
    private static readonly NodeId Node = NodeId.Create();

    private readonly HotSet _hot = new(1 << 20, TimeSpan.FromMinutes(20));
    private readonly Backlog _backlog = new(1 << 20);
    private readonly FakeTimeProvider _time = new();
    private readonly SessionShard _shard;

    public SessionShardTests() =>
        _shard = new SessionShard(
            _hot, new EndedSessions(), new PendingRemovals(), _backlog, new MemoryQuarantine(1 << 20), new ExpirationPolicy(TimeSpan.FromMinutes(20), null), new SessionClock(_time), Node, new SessionEngineOptions { Flushers = 1 });

    [Fact]
    public async Task A_change_that_its_flush_took_before_it_was_marked_is_not_written_twice()
    {
        var session = Stored();
        Change(session);
        _shard.MarkDirty(session);
        Change(session);
        var batch = _shard.TakeBatch(10, long.MaxValue);
        // The second change is in the snapshot; only now it marks the session.
        _shard.MarkDirty(session);
        var waiter = _shard.WaitUntilStored(session);

        _shard.Complete(batch, [FlushOutcome.Written]);

        Assert.Empty(_shard.TakeBatch(10, long.MaxValue));
        await waiter.WaitAsync(Doubles.Waiting.Patience);
        Assert.Equal(0, _shard.Unconfirmed().Count);
        Assert.Equal(0, _backlog.Bytes);
        _shard.CheckInvariants(0);
    }

    [Fact]
    public void A_change_of_an_object_whose_session_ended_under_another_object_ends_it_too_and_is_not_flushed()
    {
        var evicted = Stored();
        var present = new LiveSession(evicted.Token, evicted.Key, evicted.TokenText, evicted.Payload, evicted.BaseVersion, 0, 0, 0);
        _shard.Install(present, isDirty: false);
        Assert.True(_shard.End(present, SessionOrigin.Replaced, out _));

        Change(evicted);
        Assert.Same(evicted, _shard.MarkDirty(evicted));

        Assert.True(evicted.IsEnded);
        Assert.Empty(_shard.TakeBatch(10, long.MaxValue));
        Assert.Equal(0, _shard.Unconfirmed().Count);
    }

    [Fact]
    public void Waiters_are_flushed_before_an_older_backlog_and_take_half_of_a_batch_at_most()
    {
        var backlog = Changed(20);
        var awaited = Changed(10);
        foreach (var session in awaited) _ = _shard.WaitUntilStored(session);

        var batch = _shard.TakeBatch(10, long.MaxValue);

        Assert.Equal([.. awaited[..5], .. backlog[..5]], batch.Select(item => item.Session));
        _shard.CheckInvariants(0);
    }

    [Fact]
    public void A_batch_that_only_waiters_could_fill_is_filled_by_them()
    {
        var backlog = Changed(2);
        var awaited = Changed(10);
        foreach (var session in awaited) _ = _shard.WaitUntilStored(session);

        Assert.Equal([.. awaited[..5], .. backlog, .. awaited[5..8]], _shard.TakeBatch(10, long.MaxValue).Select(item => item.Session));
    }

    [Fact]
    public async Task Waiters_hear_at_once_that_the_store_is_away_and_their_changes_wait_on_in_front()
    {
        var awaited = Changed(3);
        var backlog = Changed(2);
        var waiting = awaited.Select(_shard.WaitUntilStored).ToArray();

        _shard.FailWaiters(HybridSession.Resilience.StoreCircuit.Refusal());

        foreach (var waiter in waiting)
            Assert.Equal(BackingStoreFailure.CircuitOpen, (await Assert.ThrowsAsync<BackingStoreException>(() => waiter)).Failure);
        Assert.False(_shard.Look().IsUrgent);
        Assert.Equal(5, _shard.Unconfirmed().Count);
        Assert.Equivalent(awaited, _shard.TakeBatch(3, long.MaxValue).Select(item => item.Session));
        Assert.Equal(backlog, _shard.TakeBatch(3, long.MaxValue).Select(item => item.Session));
    }

    [Fact]
    public void A_batch_that_failed_is_in_front_again_in_its_order_whatever_changed_meanwhile()
    {
        var first = Changed(3);
        var batch = _shard.TakeBatch(10, long.MaxValue);
        var later = Changed(2);
        Change(first[1]);
        _shard.MarkDirty(first[1]);

        _shard.Fail(batch, new BackingStoreException("away", BackingStoreFailure.Transient, outcomeUnknown: false, null));

        Assert.Equal([.. first, .. later], _shard.TakeBatch(10, long.MaxValue).Select(item => item.Session));
        _shard.CheckInvariants(0);
    }

    [Fact]
    public async Task A_session_whose_row_is_held_waits_apart_and_is_tried_again_after_a_pause()
    {
        var sessions = Changed(3);
        var waiting = _shard.WaitUntilStored(sessions[1]);

        _shard.Complete(_shard.TakeBatch(10, long.MaxValue), [FlushOutcome.Blocked, FlushOutcome.Written, FlushOutcome.Written]);

        Assert.Equal((0, 500), (_shard.Look().Queued, _shard.Look().UntilUnpark.TotalMilliseconds));
        Assert.False(waiting.IsCompleted);
        Assert.Equal(1, _shard.Unconfirmed().Count);
        Assert.Empty(_shard.TakeBatch(10, long.MaxValue));
        _shard.CheckInvariants(0);

        _time.Advance(TimeSpan.FromMilliseconds(500));
        var again = _shard.TakeBatch(10, long.MaxValue);
        Assert.Same(sessions[1], Assert.Single(again).Session);
        _shard.Complete(again, [FlushOutcome.Written]);
        await waiting.WaitAsync(Doubles.Waiting.Patience);
        Assert.Equal(0, _shard.Unconfirmed().Count);
        Assert.Equal(0, _backlog.Bytes);
        _shard.CheckInvariants(0);
    }

    [Fact]
    public void A_parked_session_that_ends_is_let_go_of()
    {
        var session = Changed(1)[0];
        _shard.Complete(_shard.TakeBatch(10, long.MaxValue), [FlushOutcome.Blocked]);

        _shard.End(session, SessionOrigin.Removed, out _);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Empty(_shard.TakeBatch(10, long.MaxValue));
        Assert.Equal((0, 0), (_shard.Unconfirmed().Count, (int)_backlog.Bytes));
    }

    [Fact]
    public void A_parked_session_that_changes_is_flushed_once_with_all_its_changes()
    {
        var session = Changed(1)[0];
        _shard.Complete(_shard.TakeBatch(10, long.MaxValue), [FlushOutcome.Blocked]);
        Change(session);
        _shard.MarkDirty(session);

        var batch = _shard.TakeBatch(10, long.MaxValue);
        Assert.Same(session, Assert.Single(batch).Session);
        _shard.Complete(batch, [FlushOutcome.Written]);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Empty(_shard.TakeBatch(10, long.MaxValue));
        Assert.Equal((0, 0), (_shard.Unconfirmed().Count, (int)_backlog.Bytes));
        _shard.CheckInvariants(0);
    }

    public void Dispose() => _hot.Dispose();

    private List<LiveSession> Changed(int count)
    {
        var sessions = Enumerable.Range(0, count).Select(_ => Stored()).ToList();
        foreach (var session in sessions)
        {
            Change(session);
            _shard.MarkDirty(session);
        }

        return sessions;
    }

    private static LiveSession Stored()
    {
        var token = SessionToken.Create();
        return new LiveSession(token, SessionKey.FromToken(token), token.Encode(), PackedSession.Empty.Set("a"u8, "1"u8, 1, Node), 1, 0, 0, 0);
    }

    private static void Change(LiveSession session)
    {
        var before = session.Payload;
        Assert.True(session.TryReplace(before, before.Set("a"u8, [(byte)before.Version], before.Version + 1, Node)));
    }
}
