using HybridSession.Core.Tests.Doubles;

namespace HybridSession.Core.Tests.Engine;

// With an idle timeout of 20 minutes a touch is due when the expiry has moved by 2, and touches gather for half a minute.
public sealed class TouchTests
{
    private static readonly BackingStoreException Away = new("away", BackingStoreFailure.Transient, outcomeUnknown: false, null);

    [Fact]
    public async Task An_expiry_that_moved_by_less_than_a_tenth_of_the_idle_timeout_is_not_stored()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();

        node.Time.Advance(TimeSpan.FromSeconds(119));
        await node.OpenAsync(session.Token);
        await node.PassAsync(TimeSpan.FromSeconds(60));

        Assert.Empty(node.Store.TouchedBatches);
    }

    [Fact]
    public async Task An_expiry_that_moved_by_a_tenth_of_the_idle_timeout_is_stored_without_the_payload()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        var flushes = node.Store.FlushedBatches.Count;

        node.Time.Advance(TimeSpan.FromSeconds(120));
        await node.OpenAsync(session.Token);
        await node.UntilAsync(() => node.Store.TouchedBatches.Count > 0, TimeSpan.FromSeconds(1));

        var touch = Assert.Single(Assert.Single(node.Store.TouchedBatches));
        Assert.Equal(session.Key, touch.Key);
        Assert.Equal(session.BaseVersion, touch.Version);
        Assert.Equal(flushes, node.Store.FlushedBatches.Count);
        var row = (await node.Rows.LoadAsync([session.Key], default))[0]!;
        Assert.InRange(row.ExpiresIn, node.Options.IdleTimeout - TimeSpan.FromMinutes(1), node.Options.IdleTimeout);
    }

    [Fact]
    public async Task Many_uses_of_many_sessions_are_one_touch_each_in_one_batch()
    {
        await using var node = EngineHarness.Start(o => o.Flushers = 1);
        var sessions = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => node.BornAsync()));

        node.Time.Advance(TimeSpan.FromMinutes(3));
        for (var i = 0; i < 10; i++)
            foreach (var session in sessions) await node.OpenAsync(session.Token);
        await node.UntilAsync(() => node.Store.TouchedBatches.Count > 0, TimeSpan.FromSeconds(1));
        await node.PassAsync(TimeSpan.FromSeconds(60));

        Assert.Equal(100, Assert.Single(node.Store.TouchedBatches).Length);
    }

    [Fact]
    public async Task A_touch_that_misses_because_another_node_changed_the_row_makes_the_next_use_read_it()
    {
        await using var a = EngineHarness.Start(LongLived);
        await using var b = a.StartPeer(LongLived);
        var onA = await a.BornAsync();
        b.Set((await b.OpenAsync(onA.Token)).Session!, "b", "2");
        Assert.Equal(0, await b.DrainAsync());

        a.Time.Advance(TimeSpan.FromHours(3));
        await a.OpenAsync(onA.Token);
        await a.UntilAsync(() => !a.Engine.TryOpenHot(onA.TokenText, default, out _), TimeSpan.FromSeconds(1));
        var (found, origin) = await a.OpenAsync(onA.Token);

        Assert.Equal(SessionOrigin.Store, origin);
        Assert.Equal("2", EngineHarness.Get(found!, "b"));
    }

    [Fact]
    public async Task A_touch_that_misses_because_the_row_is_gone_ends_the_session_at_its_next_use()
    {
        await using var a = EngineHarness.Start(LongLived);
        await using var b = a.StartPeer(LongLived);
        var onA = await a.BornAsync();
        await b.Engine.RemoveAsync((await b.OpenAsync(onA.Token)).Session!, default);

        a.Time.Advance(TimeSpan.FromHours(3));
        await a.OpenAsync(onA.Token);
        await a.UntilAsync(() => !a.Engine.TryOpenHot(onA.TokenText, default, out _), TimeSpan.FromSeconds(1));

        Assert.Equal(SessionOrigin.Unknown, (await a.OpenAsync(onA.Token)).Origin);
    }

    [Fact]
    public async Task A_touch_that_failed_is_asked_for_again_by_the_next_use()
    {
        await using var node = EngineHarness.Start(o => o.Flushers = 1);
        var session = await node.BornAsync();
        node.Store.Outage = () => Away;
        node.Time.Advance(TimeSpan.FromMinutes(3));
        await node.OpenAsync(session.Token);
        await node.UntilAsync(() => node.Store.TouchedBatches.Count == 1, TimeSpan.FromSeconds(1));
        await EngineHarness.SettleAsync();

        node.Store.Outage = null;
        await node.OpenAsync(session.Token);
        await node.UntilAsync(() => node.Store.TouchedBatches.Count == 2, TimeSpan.FromSeconds(1));

        Assert.Same(session, (await node.OpenAsync(session.Token)).Session);
    }

    [Fact]
    public async Task A_flush_carries_the_expiry_along_and_saves_the_touch()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        node.Time.Advance(TimeSpan.FromMinutes(3));
        node.Set((await node.OpenAsync(session.Token)).Session!, "a", "2");
        await node.UntilAsync(() => node.Engine.Unconfirmed().Count == 0, TimeSpan.FromMilliseconds(50));
        await node.OpenAsync(session.Token);

        var row = (await node.Rows.LoadAsync([session.Key], default))[0]!;
        Assert.InRange(row.ExpiresIn, node.Options.IdleTimeout - TimeSpan.FromSeconds(1), node.Options.IdleTimeout);
        Assert.Empty(node.Store.TouchedBatches);
    }

    [Fact]
    public async Task The_expiry_never_moves_beyond_the_absolute_lifetime_and_then_needs_no_touch()
    {
        await using var node = EngineHarness.Start(o => o.AbsoluteLifetime = o.IdleTimeout);
        var session = await node.BornAsync();

        node.Time.Advance(TimeSpan.FromMinutes(10));
        await node.OpenAsync(session.Token);
        await node.PassAsync(TimeSpan.FromSeconds(60));

        Assert.Empty(node.Store.TouchedBatches);
    }

    // The wait for the touch advances the clock; nothing is to expire meanwhile.
    private static void LongLived(SessionEngineOptions options) => (options.IdleTimeout, options.AbsoluteLifetime) = (TimeSpan.FromDays(1), null);
}
