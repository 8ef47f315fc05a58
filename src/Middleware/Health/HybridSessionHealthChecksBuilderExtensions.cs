using HybridSession;
using HybridSession.Middleware;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds health checks of sessions.</summary>
public static class HybridSessionHealthChecksBuilderExtensions
{
    private const string ReadyName = "hybridsession-ready";
    private const string PromiseName = "hybridsession-promise";

    /// <summary>
    /// Adds two checks, which ask this process only and never the store: <c>hybridsession-ready</c>, tagged <c>ready</c>, whether new clients should come here;
    /// and <c>hybridsession-promise</c>, tagged <c>promise</c>, whether changes are stored in time.
    /// </summary>
    /// <remarks>
    /// The promise is not tagged <c>ready</c>, and a store that is away does not make a node unready: it is away for every node at once, and a load balancer that
    /// took all of them out would end a site that can still serve the sessions in memory.
    /// </remarks>
    /// <param name="builder">What <c>AddHealthChecks</c> returned.</param>
    /// <param name="whenStoreIsAway">What a store that does not answer makes of <c>hybridsession-ready</c>. Default <see cref="HealthStatus.Degraded"/>, which is answered with 200.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="whenStoreIsAway"/> is no status.</exception>
    public static IHealthChecksBuilder AddHybridSession(this IHealthChecksBuilder builder, HealthStatus whenStoreIsAway = HealthStatus.Degraded)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (!Enum.IsDefined(whenStoreIsAway)) throw new ArgumentOutOfRangeException(nameof(whenStoreIsAway), whenStoreIsAway, "The status must be Healthy, Degraded or Unhealthy.");
        return builder
            .Add(Check(ReadyName, "ready", engine => ReadinessVerdict.Of(engine.Status, whenStoreIsAway)))
            .Add(Check(PromiseName, "promise", static engine => PromiseVerdict.Of(engine.Status, engine.Options.MaxDirtyAge)));
    }

    private static HealthCheckRegistration Check(string name, string tag, Func<SessionEngine, HealthCheckResult> judge) =>
        new(name, services => new SessionHealthCheck(Engine(services), judge), failureStatus: null, [tag]);

    private static SessionEngine Engine(IServiceProvider services) => services.GetService<SessionEngine>()
        ?? throw new InvalidOperationException("The health checks of HybridSession need services that are not there. Call builder.Services.AddHybridSession(...) too.");
}
