using HybridSession.Resilience.Faults;
using HybridSession.Resilience.History;
using HybridSession.Resilience.Load;

namespace HybridSession.Resilience.Scenarios;

/// <summary>Somebody sends rubbish while the server is away.</summary>
public class HostileInputTests(ControlledServer server)
{
    [Theory]
    [InlineData(Durability.WriteBehind)]
    [FaultRow("hostile-input", "PostgreSQL is away, and oversize payloads, hostile names and broken cookies come in", "Each is answered with 4xx (503 for a token that cannot be looked up), nothing is poisoned, nobody else notices")]
    public async Task Rubbish_is_refused_and_poisons_nothing(Durability level)
    {
        var plan = new ScenarioPlan
        {
            Level = level,
            Site = settings => settings with { Extra = new Dictionary<string, string> { ["HybridSession:MaxKeys"] = "50" } },
            Crowd = new CrowdOptions { Endings = 0 },
            Rules = new CheckRules { SlowestRequest = TimeSpan.FromSeconds(5.5), Recovery = TimeSpan.FromSeconds(5) },
        };
        await using var scenario = await Scenario.StartAsync(server, plan);
        await using var away = new ServerStopped(server.Postgres, immediate: false);
        using var vandal = new Vandal(scenario.Site.Address);
        await vandal.EnterAsync();
        for (var round = 0; round < plan.Rounds; round++)
        {
            await scenario.LoadAsync(plan.Before);
            Assert.Empty(await vandal.RageAsync(scenario.Crowd.SharedToken, isAway: false));

            await scenario.BeginAsync(away);
            Assert.Empty(await vandal.RageAsync(scenario.Crowd.SharedToken, isAway: true));
            await scenario.LoadAsync(plan.During);
            Assert.Empty(await vandal.RageAsync(scenario.Crowd.SharedToken, isAway: true));
            await scenario.EndAsync(away);

            await scenario.LoadAsync(plan.After);
            Assert.Empty(await vandal.RageAsync(scenario.Crowd.SharedToken, isAway: false));
        }

        await scenario.FinishAsync();
    }
}
