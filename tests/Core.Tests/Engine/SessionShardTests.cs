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
    private readonly SessionShard _shard;

    public SessionShardTests() =>
        _shard = new SessionShard(
            _hot, new EndedSessions(), new PendingRemovals(), _backlog, new MemoryQuarantine(1 << 20), new ExpirationPolicy(TimeSpan.FromMinutes(20), null), new SessionClock(new FakeTimeProvider()), Node, new SessionEngineOptions { Flushers = 1 });

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

    public void Dispose() => _hot.Dispose();

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
