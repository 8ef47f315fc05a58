using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HybridSession.Middleware;

/// <summary>Decides whether a load balancer should send this node new clients. Pure; says states only.</summary>
internal static class ReadinessVerdict
{
    /// <param name="status">What the engine is doing.</param>
    /// <param name="whenStoreIsAway">What a store that does not answer makes of a node that runs.</param>
    public static HealthCheckResult Of(EngineStatus status, HealthStatus whenStoreIsAway) => (status.Phase, status.Store) switch
    {
        (EnginePhase.Running, StoreState.Available) => HealthCheckResult.Healthy("Running; the store is available."),
        (EnginePhase.Running, _) => new HealthCheckResult(whenStoreIsAway, "Running; the store is away: sessions in memory are served and changed, others are not available."),
        (EnginePhase.Starting, _) => HealthCheckResult.Unhealthy("Starting."),
        (EnginePhase.Draining, _) => HealthCheckResult.Unhealthy("Draining: requests are still served, new clients belong elsewhere."),
        _ => HealthCheckResult.Unhealthy("Stopped."),
    };
}
