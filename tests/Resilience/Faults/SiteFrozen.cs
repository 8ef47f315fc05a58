using HybridSession.Resilience.Site;

namespace HybridSession.Resilience.Faults;

/// <summary>The site stands still (SIGSTOP), as in a long collection or on a stopped virtual machine, and goes on (SIGCONT).</summary>
internal sealed class SiteFrozen(SiteProcess site) : IFault
{
    public Task StartAsync() => site.FreezeAsync();

    public Task HealAsync() => site.ThawAsync();

    // A killed process needs no thaw.
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
