namespace HybridSession;

/// <summary>A store that can be chosen by name. Registered as a singleton by <c>UsePostgres</c> and its like; the last one is the default.</summary>
/// <param name="names">What the store answers to in <see cref="SessionEngineOptions.Provider"/>; the first is its proper name. Compared without regard to case.</param>
/// <param name="factory">Makes the store when it is chosen.</param>
public sealed class BackingStoreRegistration(IReadOnlyList<string> names, Func<IServiceProvider, ISessionBackingStore> factory)
{
    /// <summary>What the store answers to; the first is its proper name.</summary>
    public IReadOnlyList<string> Names { get; } = names;

    /// <summary>Makes the store.</summary>
    public Func<IServiceProvider, ISessionBackingStore> Factory { get; } = factory;

    /// <summary>Makes what looks at the store for the <see cref="SessionDoctor"/>; asked only when the store is chosen. Default null: nothing looks.</summary>
    public Func<IServiceProvider, IStartupProbe>? Probe { get; init; }

    /// <summary>Makes the link between the nodes that share the store; asked only when the store is chosen and <see cref="ClusterOptions.Enabled"/>. Default null: this node is the only one.</summary>
    public Func<IServiceProvider, ISessionPeerLink>? PeerLink { get; init; }

    /// <summary>
    /// Makes the locks by which the nodes let requests of one session in turn; asked only when the store is chosen and <see cref="ClusterOptions.Enabled"/>. Default null: they are in turn on
    /// each node by itself.
    /// </summary>
    public Func<IServiceProvider, ISessionLocks>? Locks { get; init; }
}

/// <summary>A stage around the store, in the order of registration: the last one added is the outermost. Registered by <c>Use</c>.</summary>
/// <param name="wrap">Makes the stage around the store it is given.</param>
public sealed class BackingStoreStage(Func<IServiceProvider, ISessionBackingStore, ISessionBackingStore> wrap)
{
    /// <summary>Makes the stage around the store it is given.</summary>
    public Func<IServiceProvider, ISessionBackingStore, ISessionBackingStore> Wrap { get; } = wrap;

    /// <summary>Where it goes, before the order of registration counts.</summary>
    internal StagePlace Place { get; init; } = StagePlace.Application;
}

/// <summary>Where a stage goes, from the store outwards. What is encrypted first cannot be compressed any more, so the order is not the application's to choose.</summary>
internal enum StagePlace
{
    /// <summary>What the store holds is encrypted.</summary>
    Encryption,

    /// <summary>What is encrypted was compressed before.</summary>
    Compression,

    /// <summary>The application's own stages see sessions as the engine does.</summary>
    Application,
}
