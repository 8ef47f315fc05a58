using HybridSession.Core.Tests.Doubles;

namespace HybridSession.Core.Tests.Engine;

public sealed class DrainTests
{
    private static readonly BackingStoreException Away = new("away", BackingStoreFailure.Transient, outcomeUnknown: false, null);

    [Fact]
    public async Task Stopping_stores_everything_that_waits_and_reports_no_loss()
    {
        var node = EngineHarness.Start(o => o.FlushBatchSize = 10);
        var sessions = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => node.BornAsync()));
        foreach (var session in sessions) node.Set(session, "a", "last");

        await node.Engine.StopAsync(TestContext.Current.CancellationToken).Soon();

        foreach (var session in sessions) Assert.Equal("last", await node.StoredAsync(session, "a"));
        Assert.Equal(0, node.Metrics.Sum("hybridsession.changes.lost", "reason=shutdown"));
        Assert.Equal(0, node.Metrics.Gauge("hybridsession.dirty.sessions"));
        await node.DisposeAsync();
    }

    [Fact]
    public async Task Stopping_waits_for_the_flush_that_is_under_way()
    {
        var node = EngineHarness.Start(o => o.Flushers = 1);
        var session = await node.BornAsync();
        node.Store.FlushAnswers.Close();
        node.Set(session, "a", "2");
        node.Time.Advance(node.Options.MaxDirtyAge);
        await node.Store.FlushAnswers.Reached;

        var stopping = node.Engine.StopAsync(TestContext.Current.CancellationToken);
        await EngineHarness.SettleAsync();
        Assert.False(stopping.IsCompleted);
        node.Store.FlushAnswers.Open();
        await stopping.Soon();

        Assert.Equal(0, node.Engine.Unconfirmed().Count);
        Assert.Equal("2", await node.StoredAsync(session, "a"));
        await node.DisposeAsync();
    }

    [Fact]
    public async Task A_drain_goes_on_while_the_store_fails_and_ends_when_it_is_back()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        var attempts = 0;
        node.Store.Outage = () => ++attempts <= 5 ? Away : null;
        node.Set(session, "a", "2");

        var draining = node.DrainAsync();
        await node.UntilAsync(() => draining.IsCompleted, TimeSpan.FromMilliseconds(10));

        Assert.Equal(0, await draining);
        Assert.Equal("2", await node.StoredAsync(session, "a"));
    }

    [Fact]
    public async Task When_the_deadline_passes_what_is_left_is_reported_by_count()
    {
        var node = EngineHarness.Start();
        var sessions = await Task.WhenAll(Enumerable.Range(0, 7).Select(_ => node.BornAsync()));
        node.Store.Outage = () => Away;
        foreach (var session in sessions) node.Set(session, "a", "lost");
        using var deadline = new CancellationTokenSource();

        var stopping = node.Engine.StopAsync(deadline.Token);
        await EngineHarness.SettleAsync();
        await deadline.CancelAsync();
        await stopping.Soon();

        Assert.Equal(7, node.Engine.Unconfirmed().Count);
        Assert.Equal(7, node.Metrics.Sum("hybridsession.changes.lost", "reason=shutdown"));
        node.Engine.CheckInvariants();
        node.Engine.Dispose();
    }

    [Fact]
    public async Task A_flush_that_hangs_is_not_waited_for_beyond_the_deadline_and_is_among_those_reported()
    {
        var node = EngineHarness.Start(o => o.Flushers = 1);
        var session = await node.BornAsync();
        node.Store.Flushes.Close();
        node.Set(session, "a", "2");
        node.Time.Advance(node.Options.MaxDirtyAge);
        await node.Store.Flushes.Reached;
        using var deadline = new CancellationTokenSource();

        var stopping = node.Engine.StopAsync(deadline.Token);
        await deadline.CancelAsync();
        await stopping.Soon();

        Assert.Equal(1, node.Metrics.Sum("hybridsession.changes.lost", "reason=shutdown"));
        node.Store.Flushes.Open();
        await node.DisposeAsync();
    }

    [Fact]
    public async Task A_drain_writes_the_touches_that_wait()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        node.Time.Advance(TimeSpan.FromMinutes(3));
        await node.OpenAsync(session.Token);

        Assert.Equal(0, await node.DrainAsync());

        Assert.Single(node.Store.TouchedBatches.SelectMany(batch => batch));
    }

    [Fact]
    public async Task The_age_of_the_oldest_change_counts_from_when_it_was_made_however_often_its_flush_failed()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        node.Store.Outage = () => Away;
        node.Set(session, "a", "2");

        await node.PassAsync(TimeSpan.FromSeconds(30));
        node.Set(session, "a", "3");

        Assert.Equal(TimeSpan.FromSeconds(30), node.Engine.Unconfirmed().OldestAge);
        Assert.Equal(30, node.Metrics.Gauge("hybridsession.dirty.oldest_age"));
    }

    [Fact]
    public async Task The_age_of_the_oldest_change_counts_the_one_in_flight_although_the_session_changed_again()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        node.Store.Flushes.Close();
        node.Set(session, "a", "2");
        node.Time.Advance(node.Options.MaxDirtyAge);
        await node.Store.Flushes.Reached;

        node.Time.Advance(TimeSpan.FromSeconds(30));
        node.Set(session, "a", "3");

        Assert.Equal(TimeSpan.FromSeconds(30) + node.Options.MaxDirtyAge, node.Engine.Unconfirmed().OldestAge);
    }
}
