using HybridSession.Core.Tests.Doubles;
using HybridSession.Hot;

namespace HybridSession.Core.Tests.Engine;

// A request may hold a session that memory pressure evicted, while another request has loaded it anew: two objects stand for one session.
public sealed class SecondObjectTests
{
    [Fact]
    public async Task A_change_made_on_the_evicted_object_is_made_on_the_one_that_memory_knows()
    {
        await using var node = EngineHarness.Start();
        var (evicted, present) = await TwoObjectsAsync(node);

        var used = node.Set(evicted, "a", "2");

        Assert.Same(present, used);
        Assert.Equal("2", EngineHarness.Get(present, "a"));
        Assert.Equal(0, await node.DrainAsync());
        Assert.Equal("2", await node.StoredAsync(present, "a"));
    }

    [Fact]
    public async Task Removing_the_evicted_object_ends_the_one_that_memory_knows()
    {
        await using var node = EngineHarness.Start();
        var (evicted, present) = await TwoObjectsAsync(node);
        node.Set(present, "a", "2");

        await node.Engine.RemoveAsync(evicted, default).Soon();

        Assert.True(present.IsEnded);
        Assert.Equal(SessionOrigin.Removed, (await node.OpenAsync(evicted.Token)).Origin);
        Assert.Equal(0, node.Engine.Unconfirmed().Count);
        Assert.Equal(0, node.Rows.Count);
    }

    [Fact]
    public async Task After_RegenerateId_of_the_evicted_object_the_old_token_opens_nothing_and_no_change_is_lost()
    {
        await using var node = EngineHarness.Start();
        var (evicted, present) = await TwoObjectsAsync(node);
        node.Set(present, "b", "2");

        var renewed = await node.Engine.RegenerateAsync(evicted, default).Soon();

        Assert.NotNull(renewed);
        Assert.True(present.IsEnded);
        Assert.Equal(SessionOrigin.Replaced, (await node.OpenAsync(evicted.Token)).Origin);
        Assert.Equal(0, await node.DrainAsync());
        Assert.Equal("1", await node.StoredAsync(renewed, "a"));
        Assert.Equal("2", await node.StoredAsync(renewed, "b"));
    }

    [Fact]
    public async Task A_second_object_loaded_while_the_token_changes_is_ended_with_the_old_one_and_its_changes_go_along()
    {
        await using var node = EngineHarness.Start();
        var old = await node.BornAsync();
        node.Engine.Compact(1.0);
        node.Store.Loads.Close();
        var opening = node.OpenAsync(old.Token);
        await node.Store.Loads.Reached;
        node.Store.RekeyAnswers.Close();
        var renewing = node.Engine.RegenerateAsync(old, default).Soon();
        await node.Store.RekeyAnswers.Reached;
        node.Store.Loads.Open();
        var present = (await opening).Session!;
        Assert.NotSame(old, present);
        node.Set(present, "b", "2");

        node.Store.RekeyAnswers.Open();
        var renewed = (await renewing)!;

        Assert.Equal(SessionOrigin.Replaced, (await node.OpenAsync(old.Token)).Origin);
        Assert.Equal(0, await node.DrainAsync());
        Assert.Equal("2", await node.StoredAsync(renewed, "b"));
        node.Engine.CheckInvariants();
    }

    [Fact]
    public async Task What_was_first_tried_on_the_evicted_object_never_wins_over_a_later_change()
    {
        await using var node = EngineHarness.Start();
        var (evicted, present) = await TwoObjectsAsync(node);
        // Another request has begun to change the evicted object, and has not come to the other one yet.
        var before = evicted.Payload;
        Assert.True(evicted.TryReplace(before, before.Set("b"u8, "under way"u8, before.Version + 1, node.Engine.Node)));

        node.Set(evicted, "a", "z older");
        node.Set(present, "a", "newer");
        Assert.Equal(0, await node.DrainAsync());
        node.Engine.Compact(1.0);
        node.Set(evicted, "c", "brings the evicted object back");
        Assert.Equal(0, await node.DrainAsync());

        Assert.Equal("newer", await node.StoredAsync(present, "a"));
    }

    private static async Task<(LiveSession Evicted, LiveSession Present)> TwoObjectsAsync(EngineHarness node)
    {
        var evicted = await node.BornAsync();
        node.Engine.Compact(1.0);
        var present = (await node.OpenAsync(evicted.Token)).Session!;
        Assert.NotSame(evicted, present);
        return (evicted, present);
    }
}
