using System.Diagnostics;
using HybridSession.Postgres;
using HybridSession.Resilience.Scenarios;

namespace HybridSession.Resilience.Faults.Proxy;

/// <summary>The store alone before a server that says nothing.</summary>
public class SilentServerTests(ControlledServer server)
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
