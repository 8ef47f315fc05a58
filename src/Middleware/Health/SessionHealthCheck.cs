using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HybridSession.Middleware;

/// <summary>Asks the engine, in memory, and judges. Costs the store nothing.</summary>
internal sealed class SessionHealthCheck(SessionEngine engine, Func<SessionEngine, HealthCheckResult> judge) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(judge(engine));
}
