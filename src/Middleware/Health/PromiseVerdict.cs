using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HybridSession.Middleware;

/// <summary>Decides whether changes are stored as soon as <see cref="SessionEngineOptions.MaxDirtyAge"/> promises. Pure; says numbers only.</summary>
internal static class PromiseVerdict
{
    /// <summary>
    /// How far beyond the promise a change may be before it is called broken. A hiccup of the machine and a flush that is repeated at once stay below;
    /// an attempt that ran into its time-out, of which an operator should hear, does not.
    /// </summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(1);

    /// <param name="status">What the engine is doing.</param>
    /// <param name="maxDirtyAge">The promise.</param>
    public static HealthCheckResult Of(EngineStatus status, TimeSpan maxDirtyAge)
    {
        var limit = maxDirtyAge + Tolerance;
        var numbers = string.Create(CultureInfo.InvariantCulture, $"The oldest change that is not stored is {status.OldestDirtyAge.TotalSeconds:0.0} s old (limit {limit.TotalSeconds:0.0} s); {status.DirtySessions} sessions with {status.DirtyBytes} bytes wait.");
        if (status.IsBacklogFull) return HealthCheckResult.Unhealthy($"The backlog is full: requests that change a session wait, and are then refused. {numbers}");
        return status.OldestDirtyAge > limit ? HealthCheckResult.Degraded(numbers) : HealthCheckResult.Healthy(numbers);
    }
}
