using HybridSession.Core.Tests.Doubles;
using HybridSession.Expiration;

namespace HybridSession.Core.Tests.Engine;

public sealed class MaintenanceTests
{
    private static readonly BackingStoreException Away = new("away", BackingStoreFailure.Transient, outcomeUnknown: false, null);

    [Theory]
    [InlineData(1, 60)]
    [InlineData(20, 60)]
    [InlineData(60, 60)]
    [InlineData(90, 90)]
    public async Task Expired_rows_are_left_alone_for_an_hour_or_the_idle_timeout_whichever_is_longer(int idleMinutes, int graceMinutes)
    {
        await using var node = EngineHarness.Start(o => o.IdleTimeout = TimeSpan.FromMinutes(idleMinutes));

        await node.UntilAsync(() => node.Store.PruneGraces.Count > 0, TimeSpan.FromSeconds(5));

        Assert.Equal(TimeSpan.FromMinutes(graceMinutes), node.Store.PruneGraces[0]);
    }

    [Fact]
    public async Task A_session_that_expired_is_pruned_after_the_grace_and_not_before()
    {
        await using var node = EngineHarness.Start(o => o.SweepInterval = TimeSpan.FromSeconds(10));
        await node.BornAsync();
        node.Time.Advance(node.Options.IdleTimeout + TimeSpan.FromMinutes(59));
        var prunes = node.Store.PruneGraces.Count;

        await node.PassAsync(TimeSpan.FromSeconds(50));
        Assert.True(node.Store.PruneGraces.Count > prunes);
        Assert.Equal(1, node.Rows.Count);
        await node.UntilAsync(() => node.Rows.Count == 0, TimeSpan.FromSeconds(1));
    }

    [Theory]
    [InlineData(0, 5.0)]
    [InlineData(0.5, 10.0)]
    [InlineData(0.999999, 15.0)]
    public void The_pause_between_two_prunings_is_half_to_one_and_a_half_of_the_sweep_interval(double random, double minutes) =>
        Assert.Equal(minutes, TimeSpan.FromMilliseconds(Maintenance.Pause(TimeSpan.FromMinutes(10), random)).TotalMinutes, 3);

    // Not how late: on a busy machine the clock of a test runs ahead of the loop.
    [Fact]
    public async Task Prunings_are_at_least_half_the_sweep_interval_apart_and_not_in_step()
    {
        await using var node = EngineHarness.Start(o => o.SweepInterval = TimeSpan.FromMinutes(10));
        var started = node.Time.GetTimestamp();
        var pauses = new List<TimeSpan>();

        for (var i = 0; i < 20; i++)
        {
            var before = node.Store.PruneGraces.Count;
            while (node.Store.PruneGraces.Count == before)
            {
                node.Time.Advance(TimeSpan.FromSeconds(5));
                await EngineHarness.SettleAsync();
            }

            pauses.Add(node.Time.GetElapsedTime(started));
            started = node.Time.GetTimestamp();
        }

        Assert.All(pauses, pause => Assert.True(pause >= TimeSpan.FromMinutes(5) - TimeSpan.FromSeconds(5), $"{pause}"));
        Assert.True(pauses.Distinct().Count() > 5, "The pauses have jitter.");
    }

    [Fact]
    public async Task A_pruning_that_failed_does_not_end_the_maintenance()
    {
        await using var node = EngineHarness.Start();
        node.Store.Outage = () => Away;

        await node.UntilAsync(() => node.Store.PruneGraces.Count >= 2, TimeSpan.FromSeconds(5));
        node.Store.Outage = null;

        await node.UntilAsync(() => node.Store.PruneGraces.Count >= 3, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_removal_that_the_store_has_not_confirmed_is_repeated_until_it_is()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        node.Store.Outage = () => Away;
        await Assert.ThrowsAsync<BackingStoreException>(() => node.Engine.RemoveAsync(session, default).Soon());

        await node.UntilAsync(() => node.Store.Removals.Count >= 4, TimeSpan.FromSeconds(1));
        Assert.Equal(1, node.Rows.Count);
        // Longer than an ended session is remembered: it is still refused.
        node.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(SessionOrigin.Removed, (await node.OpenAsync(session.Token)).Origin);
        node.Store.Outage = null;
        await node.UntilAsync(() => node.Rows.Count == 0, TimeSpan.FromSeconds(1));
        await EngineHarness.SettleAsync();
        var removals = node.Store.Removals.Count;
        await node.PassAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(removals, node.Store.Removals.Count);
        Assert.All(node.Store.Removals, key => Assert.Equal(session.Key, key));
    }
}
