using HybridSession.Core.Tests.Doubles;

namespace HybridSession.Core.Tests.Engine;

public sealed class TransientValuesTests
{
    [Fact]
    public async Task A_session_that_nobody_asks_has_none()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();

        Assert.Null(session.Transient);
        Assert.Same(node.Engine.TransientOf(session), session.Transient);
    }

    [Fact]
    public async Task They_live_from_before_the_birth_until_the_session_is_evicted()
    {
        await using var node = EngineHarness.Start();
        var session = node.Engine.Create();
        node.Engine.TransientOf(session).Set("k", "v");
        node.Set(session, "a", "1");
        await node.Engine.BirthAsync(session, default);

        var hot = (await node.OpenAsync(session.Token)).Session!;
        node.Engine.Compact(1.0);
        var cold = (await node.OpenAsync(session.Token)).Session!;

        Assert.True(node.Engine.TransientOf(hot).TryGet<string>("k", out var value));
        Assert.Equal("v", value);
        Assert.Equal(0, node.Engine.TransientOf(cold).Count);
    }

    [Fact]
    public async Task They_go_along_to_a_new_token()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        node.Engine.TransientOf(session).Set("k", "v");

        var renewed = (await node.Engine.RegenerateAsync(session, default).Soon())!;

        Assert.NotSame(session, renewed);
        Assert.True(node.Engine.TransientOf(renewed).TryGet<string>("k", out _));
    }

    [Fact]
    public async Task They_stay_when_another_node_changes_the_session()
    {
        var network = new PeerNetwork();
        await using var here = await EngineHarness.JoinAsync(network);
        await using var there = await EngineHarness.JoinAsync(network, here);
        var session = await here.BornAsync();
        here.Engine.TransientOf(session).Set("k", "v");
        var other = (await there.OpenAsync(session.Token)).Session!;
        there.Set(other, "a", "2");
        await there.Engine.CommitAsync(other, Durability.Durable, default).Soon();

        await here.UntilAsync(() => here.OpenAsync(session.Token).Result.Session is { } seen && EngineHarness.Get(seen, "a") == "2");

        Assert.True(here.Engine.TransientOf((await here.OpenAsync(session.Token)).Session!).TryGet<string>("k", out _));
        Assert.Equal(0, there.Engine.TransientOf(other).Count);
    }

    [Fact]
    public async Task Nothing_of_them_is_stored()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        node.Store.FlushedBatches.Clear();

        node.Engine.TransientOf(session).Set("k", "v");

        Assert.Equal(0, await node.DrainAsync());
        Assert.Empty(node.Store.FlushedBatches);
        Assert.Equal(["a"], session.Payload.Keys());
    }

    [Fact]
    public async Task All_who_ask_first_at_the_same_time_get_the_same()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();

        var maps = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => node.Engine.TransientOf(session))));

        Assert.Single(maps.Distinct());
    }

    [Fact]
    public void One_key_more_than_the_bound_is_refused_and_a_present_one_may_change()
    {
        var values = new TransientValues(2);
        values.Set("a", 1);
        values.Set("b", 2);

        Assert.Throws<SessionLimitException>(() => values.Set("c", 3));
        Assert.Throws<SessionLimitException>(() => values.GetOrAdd("c", () => 3));
        values.Set("b", 20);

        Assert.Equal(2, values.Count);
        Assert.True(values.TryGet<int>("b", out var b));
        Assert.Equal(20, b);
        Assert.True(values.Remove("a"));
        Assert.False(values.Remove("a"));
        values.Set("c", 3);
        values.Clear();
        Assert.Equal(0, values.Count);
        Assert.False(values.TryGet<int>("b", out _));
    }

    [Fact]
    public void A_value_of_another_type_is_not_mistaken_for_none()
    {
        var values = new TransientValues(1);
        values.Set("a", "text");

        Assert.Throws<InvalidCastException>(() => values.TryGet<int>("a", out _));
        Assert.Throws<InvalidCastException>(() => values.GetOrAdd("a", () => 1));
    }

    [Fact]
    public async Task All_who_make_a_value_at_the_same_time_get_the_first()
    {
        var values = new TransientValues(1);
        using var start = new Barrier(4);

        var got = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
            () => values.GetOrAdd("a", () =>
            {
                Assert.True(start.SignalAndWait(Waiting.Patience));
                return new object();
            }),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        Assert.Single(got.Distinct());
    }

    [Fact]
    public void A_bound_of_none_refuses_the_first_and_a_negative_one_is_none()
    {
        Assert.Throws<SessionLimitException>(() => new TransientValues(0).Set("a", 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TransientValues(-1));
    }
}
