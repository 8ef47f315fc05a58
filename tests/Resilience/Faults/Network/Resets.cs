using HybridSession.Resilience.Faults.Proxy;

namespace HybridSession.Resilience.Faults.Network;

/// <summary>All connections are reset at random moments.</summary>
internal sealed class Resets(FaultProxy proxy, TimeSpan meanInterval) : RepeatedFault
{
    protected override async Task RepeatAsync(CancellationToken stop)
    {
        while (await PauseAsync(meanInterval * 2 * Random.Shared.NextDouble(), stop))
            if (proxy.ResetAll() > 0) Count();
    }
}
