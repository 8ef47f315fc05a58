using System.Diagnostics;

namespace HybridSession.Resilience.Site;

/// <summary>A site in this process: starts at once, cannot crash.</summary>
internal sealed class InProcessSite : ISite
{
    private readonly SiteHost _host;

    private InProcessSite(SiteHost host) => _host = host;

    public Uri Address => _host.Address;

    public IReadOnlyList<string> Log => _host.Log;

    public static async Task<InProcessSite> StartAsync(SiteSettings settings, TimeProvider? time = null, Func<ISessionBackingStore, ISessionBackingStore>? stage = null) =>
        new(await SiteHost.StartAsync(settings, time, stage, TestContext.Current.CancellationToken));

    public Task<SiteStats> StatsAsync() => Task.FromResult(_host.Stats);

    public async Task<SiteEnd> StopGracefullyAsync()
    {
        var clock = Stopwatch.StartNew();
        await _host.StopAsync();
        return new SiteEnd(0, clock.Elapsed, _host.Stats);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();
}
