using System.Diagnostics;
using HybridSession.Postgres;
using HybridSession.Resilience.Scenarios;

namespace HybridSession.Resilience.Faults.Proxy;

/// <summary>The store alone, before a server that says nothing, is slow, or makes no sense.</summary>
public class BadLineTests(ControlledServer server)
{
    [Theory]
    [InlineData(FlushMethod.Arrays)]
    [InlineData(FlushMethod.Copy)]
    public async Task A_cancelled_call_ends_at_once_and_the_store_works_when_the_server_speaks_again(FlushMethod method)
    {
        await using var proxied = await ProxiedStore.StartAsync(server, method);
        var changes = await proxied.StoredAsync(10);
        await proxied.Store.LoadAsync([changes[0].Key], default);
        proxied.Proxy.Mode = new ProxyMode.BlackHole();

        for (var i = 0; i < 3; i++)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
            var clock = Stopwatch.StartNew();
            var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await proxied.Store.FlushAsync(changes, patience.Token));
            Assert.Equal(patience.Token, cancelled.CancellationToken);
            Assert.InRange(clock.Elapsed, TimeSpan.FromMilliseconds(190), TimeSpan.FromSeconds(1));
        }

        proxied.Proxy.Mode = ProxyMode.Pass;
        await Until.TrueAsync(async () => await FlushAsync(proxied, changes), "A flush", TimeSpan.FromSeconds(20));
        Assert.Equal(2, await proxied.VersionAsync(changes));
    }

    [Fact]
    public async Task A_connection_that_takes_longer_than_anybody_waits_is_there_for_the_next_call()
    {
        await using var proxied = await ProxiedStore.StartAsync(server, FlushMethod.Arrays);
        var changes = await proxied.StoredAsync(1);
        proxied.Proxy.Mode = new ProxyMode.Latency(TimeSpan.FromMilliseconds(400), 0);
        proxied.Proxy.ResetAll();

        for (var attempt = 1; ; attempt++)
        {
            // Connecting takes six round trips or more, a load three.
            using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(1_500));
            try
            {
                Assert.NotNull(Assert.Single(await proxied.Store.LoadAsync([changes[0].Key], patience.Token)));
                return;
            }
            catch (Exception e) when (e is OperationCanceledException or BackingStoreException && attempt < 5)
            {
                // The first meets the reset, the next ones run out of patience.
            }
        }
    }

    [Fact]
    public async Task Noise_is_a_failure_like_others_and_leaves_no_connection_behind()
    {
        await using var proxied = await ProxiedStore.StartAsync(server, FlushMethod.Arrays);
        var changes = await proxied.StoredAsync(1);
        List<Exception> failures = [];

        for (var i = 0; i < Length.Of(15, 300); i++)
        {
            proxied.Proxy.Mode = ProxyMode.Pass;
            await Until.TrueAsync(async () => await TryAsync(proxied, changes) is null, "A load", TimeSpan.FromSeconds(30));
            proxied.Proxy.Mode = new ProxyMode.Garble(0.5);
            for (var j = 0; j < 3; j++)
                if (await TryAsync(proxied, changes) is { } failure) failures.Add(failure);
        }

        proxied.Proxy.Mode = ProxyMode.Pass;
        Assert.NotEmpty(failures);
        Assert.All(failures, failure => Assert.True(failure is BackingStoreException or OperationCanceledException, failure.ToString()));
        await proxied.CloseAsync();
        await Until.TrueAsync(() => proxied.Proxy.Connections == 0, "The end of all connections", TimeSpan.FromSeconds(20));
    }

    private static async Task<Exception?> TryAsync(ProxiedStore proxied, SessionWrite[] changes)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        try
        {
            // What comes through must be true.
            Assert.Equal(1, Assert.Single(await proxied.Store.LoadAsync([changes[0].Key], patience.Token))!.Version);
            return null;
        }
        catch (Exception failure) when (failure is not Xunit.Sdk.IAssertionException)
        {
            return failure;
        }
    }

    // A statement from before may still be at it, and a dead connection may be met.
    private static async Task<bool> FlushAsync(ProxiedStore proxied, SessionWrite[] changes)
    {
        try
        {
            return Array.TrueForAll(await proxied.Store.FlushAsync(changes, default), o => o == FlushOutcome.Written);
        }
        catch (BackingStoreException)
        {
            return false;
        }
    }
}
