using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace HybridSession.Middleware.Tests.Health;

public class VerdictTests
{
    public static TheoryData<string, string, HealthStatus, HealthStatus> Phases => new()
    {
        { nameof(EnginePhase.Starting), nameof(StoreState.Available), HealthStatus.Degraded, HealthStatus.Unhealthy },
        { nameof(EnginePhase.Running), nameof(StoreState.Available), HealthStatus.Degraded, HealthStatus.Healthy },
        { nameof(EnginePhase.Running), nameof(StoreState.Away), HealthStatus.Degraded, HealthStatus.Degraded },
        { nameof(EnginePhase.Running), nameof(StoreState.Away), HealthStatus.Unhealthy, HealthStatus.Unhealthy },
        { nameof(EnginePhase.Running), nameof(StoreState.Away), HealthStatus.Healthy, HealthStatus.Healthy },
        { nameof(EnginePhase.Draining), nameof(StoreState.Available), HealthStatus.Degraded, HealthStatus.Unhealthy },
        { nameof(EnginePhase.Draining), nameof(StoreState.Away), HealthStatus.Healthy, HealthStatus.Unhealthy },
        { nameof(EnginePhase.Stopped), nameof(StoreState.Available), HealthStatus.Degraded, HealthStatus.Unhealthy },
    };

    [Theory, MemberData(nameof(Phases))]
    public void A_node_is_ready_while_it_runs(string phase, string store, HealthStatus whenAway, HealthStatus expected)
    {
        var status = new EngineStatus(Enum.Parse<EnginePhase>(phase), Enum.Parse<StoreState>(store), 0, 0, IsBacklogFull: true, TimeSpan.FromHours(1));

        Assert.Equal(expected, ReadinessVerdict.Of(status, whenAway).Status);
    }

    [Theory]
    [InlineData(0, false, HealthStatus.Healthy)]
    [InlineData(1_200, false, HealthStatus.Healthy)]
    [InlineData(1_201, false, HealthStatus.Degraded)]
    [InlineData(0, true, HealthStatus.Unhealthy)]
    public void The_promise_is_kept_within_its_tolerance(int ageMilliseconds, bool isFull, HealthStatus expected)
    {
        var status = new EngineStatus(EnginePhase.Running, StoreState.Available, 3, 4_096, isFull, TimeSpan.FromMilliseconds(ageMilliseconds));

        var verdict = PromiseVerdict.Of(status, TimeSpan.FromMilliseconds(200));

        Assert.Equal(expected, verdict.Status);
        Assert.EndsWith("(limit 1.2 s); 3 sessions with 4096 bytes wait.", verdict.Description, StringComparison.Ordinal);
    }
}
