using HybridSession.Resilience.Faults;
using HybridSession.Resilience.History;
using Xunit;

namespace HybridSession.Resilience.Scenarios;

/// <summary>PostgreSQL is away and comes back.</summary>
public class ServerOutageTests(ControlledServer server)
{
    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("server-crash", "PostgreSQL is stopped as by a crash, and recovers", "Hot sessions are served and changed; nothing acknowledged is lost")]
    public Task A_crash_of_the_server_loses_nothing(Durability level) => Scenario.RunAsync(
        server,
        new ScenarioPlan { Level = level, Rules = new CheckRules { SlowestRequest = TimeSpan.FromSeconds(6), Recovery = TimeSpan.FromSeconds(5) } },
        _ => new ServerStopped(server.Postgres, immediate: true));
}
