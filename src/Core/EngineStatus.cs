namespace HybridSession;

/// <summary>What the engine is doing, at one moment; for health checks, pages and probes.</summary>
/// <param name="Phase">How far the engine is in its life.</param>
/// <param name="Store">Whether the backing store is believed to answer.</param>
/// <param name="DirtySessions">Sessions that the store has not confirmed.</param>
/// <param name="DirtyBytes">Their memory.</param>
/// <param name="IsBacklogFull">Requests that change a session wait: <see cref="SessionEngineOptions.MaxDirtyBytes"/> is reached.</param>
/// <param name="OldestDirtyAge">Age of the oldest change that is not stored; zero when there is none.</param>
internal readonly record struct EngineStatus(EnginePhase Phase, StoreState Store, int DirtySessions, long DirtyBytes, bool IsBacklogFull, TimeSpan OldestDirtyAge);

internal enum EnginePhase
{
    /// <summary>The store is being made ready; no request is served yet.</summary>
    Starting,

    Running,

    /// <summary>The application is stopping; requests are still served.</summary>
    Draining,

    Stopped,
}

internal enum StoreState
{
    Available,

    /// <summary>The circuit is open.</summary>
    Away,
}
