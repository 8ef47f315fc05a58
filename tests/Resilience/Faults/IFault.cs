namespace HybridSession.Resilience.Faults;

/// <summary>Something that goes wrong, and ends.</summary>
internal interface IFault : IAsyncDisposable
{
    /// <summary>Begins; returns when the fault is in effect.</summary>
    Task StartAsync();

    /// <summary>Ends; returns when the service could work again. What recovers is measured from here.</summary>
    Task HealAsync();
}
