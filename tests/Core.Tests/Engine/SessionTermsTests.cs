using HybridSession.Core.Tests.Doubles;
using HybridSession.Expiration;
using HybridSession.Hot;

namespace HybridSession.Core.Tests.Engine;

/// <summary>Sessions whose times differ from the site's: 20 minutes, and 12 hours at most.</summary>
public class SessionTermsTests
{
    [Fact]
    public async Task A_session_with_a_longer_idle_timeout_outlives_the_others_in_memory_and_in_the_store()
    {
        await using var node = EngineHarness.Start();
        var (usual, longer) = (await node.BornAsync(), SetIdle(node, await node.BornAsync(), TimeSpan.FromHours(2)));
        await node.DrainAsync();
        await using var other = EngineHarness.Start(rows: node.Rows, time: node.Time);

        node.Time.Advance(TimeSpan.FromMinutes(60));

        Assert.Equal(SessionOrigin.IdleExpired, (await node.OpenAsync(usual.Token)).Origin);
        Assert.NotNull((await node.OpenAsync(longer.Token)).Session);
        Assert.Equal(SessionOrigin.IdleExpired, (await other.OpenAsync(usual.Token)).Origin);
        Assert.NotNull((await other.OpenAsync(longer.Token)).Session);
    }

    [Fact]
    public async Task A_session_with_a_shorter_idle_timeout_is_over_sooner_in_memory_and_in_the_store()
    {
        await using var node = EngineHarness.Start();
        var session = SetIdle(node, await node.BornAsync(), TimeSpan.FromMinutes(1));
        await node.DrainAsync();
        await using var other = EngineHarness.Start(rows: node.Rows, time: node.Time);

        node.Time.Advance(TimeSpan.FromSeconds(60));

        Assert.Equal(SessionOrigin.IdleExpired, (await node.OpenAsync(session.Token)).Origin);
        Assert.Equal(SessionOrigin.IdleExpired, (await other.OpenAsync(session.Token)).Origin);
    }

    [Fact]
    public async Task The_store_hears_in_time_of_a_session_in_use_whose_idle_timeout_is_shorter_than_the_pause_between_touches()
    {
        await using var node = EngineHarness.Start();
        var session = SetIdle(node, await node.BornAsync(), TimeSpan.FromSeconds(10));
        await node.DrainAsync();
        node.Time.Advance(TimeSpan.FromSeconds(2));
        await node.OpenAsync(session.Token);
        var opened = node.Time.GetUtcNow();

        await node.UntilAsync(() => node.Store.TouchedBatches.Count > 0, TimeSpan.FromMilliseconds(100));

        Assert.InRange(node.Time.GetUtcNow() - opened, TimeSpan.Zero, TimeSpan.FromSeconds(8));
    }

    [Fact]
    public async Task A_lifetime_of_its_own_ends_a_busy_session_earlier_or_later_than_the_sites()
    {
        await using var node = EngineHarness.Start(o => o.IdleTimeout = TimeSpan.FromHours(12));
        var (shorter, endless) = (await node.BornAsync(), await node.BornAsync());
        node.Engine.SetAttribute(shorter, SessionTerms.LifetimeKey, SessionTerms.Encode((long)TimeSpan.FromHours(1).TotalMilliseconds), out _);
        node.Engine.SetAttribute(endless, SessionTerms.LifetimeKey, SessionTerms.Encode(SessionTerms.NoLimit), out _);

        node.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(SessionOrigin.AbsoluteExpired, (await node.OpenAsync(shorter.Token)).Origin);
        for (var hour = 0; hour < 14; hour++)
        {
            node.Time.Advance(TimeSpan.FromHours(1));
            Assert.NotNull((await node.OpenAsync(endless.Token)).Session);
        }
    }

    [Fact]
    public async Task The_times_of_a_session_go_along_with_a_new_token_and_to_other_nodes()
    {
        await using var node = EngineHarness.Start();
        var session = SetIdle(node, await node.BornAsync(), TimeSpan.FromHours(2));
        var moved = (await node.Engine.RegenerateAsync(session, default))!;
        await node.DrainAsync();
        await using var other = EngineHarness.Start(rows: node.Rows, time: node.Time);

        Assert.Equal(7_200_000, (await other.OpenAsync(moved.Token)).Session!.Terms.IdleMs);
        node.Time.Advance(TimeSpan.FromMinutes(90));
        Assert.NotNull((await other.OpenAsync(moved.Token)).Session);
    }

    [Fact]
    public async Task A_look_that_does_not_extend_leaves_the_expiry_where_it_was_in_memory_and_after_a_load()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        await using var other = EngineHarness.Start(rows: node.Rows, time: node.Time);

        for (var minute = 5; minute < 20; minute += 5)
        {
            node.Time.Advance(TimeSpan.FromMinutes(5));
            Assert.True(node.Engine.TryOpenHot(session.TokenText, default, out var hot, extends: false));
            Assert.NotNull(hot.Session);
            Assert.NotNull((await other.Engine.OpenAsync(session.Token, default, default, extends: false)).Session);
        }

        node.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(SessionOrigin.IdleExpired, (await node.OpenAsync(session.Token)).Origin);
        Assert.Equal(SessionOrigin.IdleExpired, (await other.OpenAsync(session.Token)).Origin);
    }

    private static LiveSession SetIdle(EngineHarness node, LiveSession session, TimeSpan time) =>
        node.Engine.SetAttribute(session, SessionTerms.IdleKey, SessionTerms.Encode((long)time.TotalMilliseconds), out _);
}
