using HybridSession.Core.Tests.Doubles;

namespace HybridSession.Core.Tests.Engine;

public sealed class FlushLoopTests
{
    private static readonly BackingStoreException Away = new("away", BackingStoreFailure.Transient, outcomeUnknown: false, null);

    [Fact]
    public async Task A_change_is_flushed_within_MaxDirtyAge()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        node.Set(session, "a", "2");

        node.Time.Advance(node.Options.MaxDirtyAge);
        // The clock stands still from here.
        await node.UntilAsync(() => node.Engine.Unconfirmed().Count == 0);

        Assert.Equal("2", await node.StoredAsync(session, "a"));
    }

    [Fact]
    public async Task While_the_store_is_away_a_flush_is_not_attempted_again_before_its_pause_is_over()
    {
        await using var node = EngineHarness.Start(o => o.Flushers = 1);
        var session = await node.BornAsync();
        var attempts = Outage(node);
        node.Set(session, "a", "2");
        node.Time.Advance(node.Options.MaxDirtyAge);
        await node.UntilAsync(() => attempts() > 0);

        for (var i = 0; i < 1_000; i++) await Task.Yield();

        Assert.Equal(1, attempts());
    }

    [Fact]
    public async Task Touches_that_wait_do_not_shorten_the_pause_while_the_store_is_away()
    {
        await using var node = EngineHarness.Start(o => (o.Flushers, o.IdleTimeout) = (1, TimeSpan.FromSeconds(20)));
        var (touched, changed) = (await node.BornAsync(), await node.BornAsync());
        node.Time.Advance(TimeSpan.FromSeconds(5));
        await node.OpenAsync(touched.Token);
        await node.OpenAsync(changed.Token);
        var attempts = Outage(node);
        node.Set(changed, "a", "2");
        await node.UntilAsync(() => attempts() > 0, TimeSpan.FromMilliseconds(10));

        for (var seconds = 0; seconds < 10; seconds++)
        {
            node.Time.Advance(TimeSpan.FromSeconds(1));
            for (var i = 0; i < 500; i++) await Task.Yield();
        }

        Assert.InRange(attempts(), 1, 30);
    }

    [Fact]
    public async Task A_drain_that_fails_leaves_the_loop_awake()
    {
        await using var node = EngineHarness.Start(o => o.Flushers = 1);
        var session = await node.BornAsync();
        node.Store.Flushes.Close();
        node.Set(session, "a", "2");
        using var given = new CancellationTokenSource();
        var draining = node.Engine.DrainAsync(given.Token);
        await node.Store.Flushes.Reached;
        // The loop looks now and finds nothing queued.
        node.Time.Advance(node.Options.MaxDirtyAge);
        for (var i = 0; i < 1_000; i++) await Task.Yield();
        node.Store.Outage = () => Away;
        await given.CancelAsync();
        node.Store.Flushes.Open();
        Assert.Equal(1, await draining);

        node.Store.Outage = null;
        await node.UntilAsync(() => node.Engine.Unconfirmed().Count == 0, TimeSpan.FromMilliseconds(100));

        Assert.Equal("2", await node.StoredAsync(session, "a"));
    }

    // Ends after a thousand attempts, so that a loop without a pause fails the test instead of hanging it.
    private static Func<int> Outage(EngineHarness node)
    {
        var attempts = 0;
        node.Store.Outage = () => Interlocked.Increment(ref attempts) < 1_000 ? Away : null;
        return () => Volatile.Read(ref attempts);
    }
}
