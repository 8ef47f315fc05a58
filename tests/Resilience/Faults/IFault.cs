namespace HybridSession.Resilience.Faults;

/// <summary>Something that goes wrong, and ends.</summary>
internal interface IFault : IAsyncDisposable
{
    /// <summary>How often it has happened by now.</summary>
    int Times => 1;

    /// <summary>Begins; returns when the fault is in effect.</summary>
    Task StartAsync();

    /// <summary>Ends; returns when the service could work again. What recovers is measured from here.</summary>
    Task HealAsync();
}
