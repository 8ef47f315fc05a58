using HybridSession.Core.Tests.Doubles;

namespace HybridSession.Core.Tests.Engine;

public sealed class QuarantineTests
{
    [Fact]
    public async Task One_session_among_a_thousand_whose_data_the_store_refuses_does_not_hold_up_the_others()
    {
        await using var node = EngineHarness.Start(o => o.Flushers = 1);
        var sessions = await Task.WhenAll(Enumerable.Range(0, 1_000).Select(_ => node.BornAsync()));
        var culprit = sessions[617];
        node.Store.Refuses = write => write.Key == culprit.Key;
        node.Store.FlushedBatches.Clear();
        foreach (var session in sessions) node.Set(session, "a", "2");

        Assert.Equal(0, await node.DrainAsync());

        foreach (var session in sessions) Assert.Equal(session == culprit ? "1" : "2", await node.StoredAsync(session, "a"));
        Assert.InRange(node.Store.FlushedBatches.Count, 2, 25);
        Assert.Equal("2", EngineHarness.Get(culprit, "a"));
        Assert.Same(culprit, (await node.OpenAsync(culprit.Token)).Session);
        Assert.Equal(1, node.Metrics.Sum("hybridsession.changes.lost", "reason=quarantine"));
        Assert.Equal(0, node.Engine.Memory.Dirty);
        node.Engine.CheckInvariants();
    }

    [Fact]
    public async Task The_next_change_of_a_refused_session_is_tried_again_and_carries_the_refused_one_along()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        node.Store.Refuses = write => write.Key == session.Key;
        node.Set(session, "a", "refused");
        Assert.Equal(0, await node.DrainAsync());
        Assert.Equal("1", await node.StoredAsync(session, "a"));

        node.Store.Refuses = null;
        node.Set(session, "b", "taken");
        Assert.Equal(0, await node.DrainAsync());

        Assert.Equal("refused", await node.StoredAsync(session, "a"));
        Assert.Equal("taken", await node.StoredAsync(session, "b"));
    }

    [Fact]
    public async Task A_birth_that_the_store_refuses_fails_for_its_request_and_the_births_beside_it_succeed()
    {
        await using var node = EngineHarness.Start(o => o.Flushers = 1);
        var born = Enumerable.Range(0, 8).Select(i => node.Set(node.Engine.Create(), "a", $"{i}")).ToArray();
        node.Store.Refuses = write => write.Key == born[3].Key;
        node.Store.Flushes.Close();
        var hanging = node.Engine.BirthAsync(node.Set(node.Engine.Create(), "a", "1"), default).AsTask();
        await node.Store.Flushes.Reached;
        var births = born.Select(session => node.Engine.BirthAsync(session, default).AsTask()).ToArray();

        node.Store.Flushes.Open();
        await hanging.Soon();

        for (var i = 0; i < births.Length; i++)
        {
            var birth = births[i];
            if (i != 3) await birth.Soon();
            else Assert.Equal(BackingStoreFailure.Data, (await Assert.ThrowsAsync<BackingStoreException>(() => birth.Soon())).Failure);
        }

        Assert.False(born[3].IsStored);
        Assert.Equal(0, node.Engine.Unconfirmed().Count);
    }

    [Fact]
    public async Task A_refused_session_that_changed_meanwhile_is_tried_again_at_once()
    {
        await using var node = EngineHarness.Start(o => o.Flushers = 1);
        var session = await node.BornAsync();
        node.Store.Refuses = write => write.Version == session.BaseVersion + 1;
        node.Store.Flushes.Close();
        node.Set(session, "a", "refused");
        node.Time.Advance(node.Options.MaxDirtyAge);
        await node.Store.Flushes.Reached;
        node.Set(session, "a", "mended");

        node.Store.Flushes.Open();
        Assert.Equal(0, await node.DrainAsync());

        Assert.Equal("mended", await node.StoredAsync(session, "a"));
    }
}
