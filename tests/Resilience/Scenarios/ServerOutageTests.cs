using HybridSession.Resilience.Faults;
using HybridSession.Resilience.History;
using HybridSession.Resilience.Load;
using Xunit;

namespace HybridSession.Resilience.Scenarios;

/// <summary>PostgreSQL is away and comes back.</summary>
public class ServerOutageTests(ControlledServer server)
{
    private static readonly TimeSpan IOTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Machine = TimeSpan.FromSeconds(0.5);

    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("server-crash", "PostgreSQL is stopped as by a crash, and recovers", "Hot sessions are served and changed; nothing acknowledged is lost")]
    public Task A_crash_of_the_server_loses_nothing(Durability level) => Scenario.RunAsync(
        server,
        new ScenarioPlan { Level = level, Rules = new CheckRules { SlowestRequest = IOTimeout + Machine, Recovery = TimeSpan.FromSeconds(5) } },
        _ => new ServerStopped(server.Postgres, immediate: true));

    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("server-away", "PostgreSQL is away for a minute under steady load", "No request slower than IOTimeout, no hot session refused; everything is stored within 5 s of its return")]
    public Task A_minute_without_the_server_is_made_up_for_in_seconds(Durability level) => Scenario.RunAsync(
        server,
        new ScenarioPlan
        {
            Level = level,
            Crowd = new CrowdOptions { Endings = 0 },
            During = Length.Seconds(level == Durability.WriteBehind ? 6 : 3, 60),
            Rounds = Length.Of(1, 2),
            Rules = new CheckRules { SlowestRequest = IOTimeout + Machine, Recovery = TimeSpan.FromSeconds(5) },
        },
        _ => new ServerStopped(server.Postgres, immediate: false));
}
