using HybridSession.Resilience.Faults.Proxy;

namespace HybridSession.Resilience.Faults.Network;

/// <summary>The network between site and database is in a mode.</summary>
internal sealed class NetworkFault(FaultProxy proxy, ProxyMode mode) : IFault
{
    public Task StartAsync()
    {
        proxy.Mode = mode;
        return Task.CompletedTask;
    }

    public Task HealAsync()
    {
        proxy.Mode = ProxyMode.Pass;
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync() => await HealAsync();
}
