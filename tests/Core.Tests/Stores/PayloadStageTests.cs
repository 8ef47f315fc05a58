using HybridSession.Core.Tests.Doubles;
using HybridSession.Payload;

namespace HybridSession.Core.Tests.Stores;

/// <summary>The engine over a stage that never stores the same bytes twice.</summary>
public sealed class PayloadStageTests
{
    private static readonly BackingStoreException Lost = new("The answer was lost.", BackingStoreFailure.Transient, outcomeUnknown: true, null);

    [Fact]
    public async Task A_repeated_flush_whose_first_answer_was_lost_is_recognised_and_merges_nothing()
    {
        await using var node = EngineHarness.Start(stage: Salt, resilient: true);
        var session = await node.BornAsync();
        node.Store.FlushFailures.Enqueue((Lost, AfterEffect: true));

        node.Set(session, "a", "2");
        var commit = node.Engine.CommitAsync(session, Durability.Durable, default).AsTask();
        await node.UntilAsync(() => commit.IsCompleted, TimeSpan.FromMilliseconds(10));
        await commit;

        Assert.Equal(3, node.Store.FlushedBatches.Count);
        Assert.NotEqual(node.Store.FlushedBatches[1][0].Payload, node.Store.FlushedBatches[2][0].Payload);
        Assert.Equal(0, node.Metrics.Sum("hybridsession.flush.outcome", "outcome=conflict"));
        var row = await RowAsync(node, session.Key);
        Assert.Equal((session.Payload.Version, session.BaseVersion), (row.Version, row.Version));
        Assert.Equal(session.Payload.Bytes, row.Payload);
    }

    [Fact]
    public async Task A_change_of_the_token_whose_answer_was_lost_is_found_done()
    {
        await using var node = EngineHarness.Start(stage: Salt);
        var session = await node.BornAsync();
        node.Store.RekeyFailures.Enqueue((Lost, AfterEffect: true));

        var moved = await node.Engine.RegenerateAsync(session, default);

        Assert.NotEqual(session.Key, moved!.Key);
        Assert.Equal(moved.Payload.Bytes, (await RowAsync(node, moved.Key)).Payload);
        Assert.Equal(1, node.Rows.Count);
    }

    [Fact]
    public async Task Two_nodes_that_changed_a_session_merge_it()
    {
        await using var here = EngineHarness.Start(stage: Salt);
        await using var there = here.StartPeer(stage: Salt);
        var session = await here.BornAsync();
        var copy = (await there.OpenAsync(session.Token).Soon()).Session!;
        there.Set(copy, "there", "2");
        await there.Engine.CommitAsync(copy, Durability.Durable, default).Soon();

        here.Set(session, "here", "3");
        await here.Engine.CommitAsync(session, Durability.Durable, default).Soon();

        Assert.Equal(("1", "2", "3"), (EngineHarness.Get(session, "a"), EngineHarness.Get(session, "there"), EngineHarness.Get(session, "here")));
        Assert.Equal(session.Payload.Bytes, (await RowAsync(here, session.Key)).Payload);
    }

    [Fact]
    public async Task A_load_at_the_known_version_brings_no_payload_and_opens_none()
    {
        var store = Salt(new InMemoryBackingStore(TimeProvider.System));
        var write = new SessionWrite(SessionToken.Create().ToKey(), PackedSession.Empty.Bytes, 5, 0, TimeSpan.FromHours(1));
        await store.FlushAsync([write], default);

        var rows = await store.LoadAsync([new SessionRead(write.Key, 5), new SessionRead(write.Key, 4)], default);

        Assert.Equal([[], write.Payload], rows.Select(row => row!.Payload));
    }

    private static SaltedStage Salt(ISessionBackingStore inner) => new(inner);

    private static async Task<StoredSession> RowAsync(EngineHarness node, SessionKey key) => (await Salt(node.Rows).LoadAsync([key], default))[0]!;
}
