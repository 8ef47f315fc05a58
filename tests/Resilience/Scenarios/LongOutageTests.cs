using HybridSession.Resilience.Faults;
using HybridSession.Resilience.History;
using HybridSession.Resilience.Load;

namespace HybridSession.Resilience.Scenarios;

/// <summary>An outage that is longer than sessions may be idle, in virtual time.</summary>
public class LongOutageTests(ControlledServer server)
{
    private const int Steps = 50;
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData(Durability.WriteBehind)]
    [FaultRow("server-away-beyond-idle", "PostgreSQL is away for 50 minutes of virtual time; sessions may be idle for 20", "Sessions in use live on; nothing of them is pruned when it is back")]
    public async Task Sessions_in_use_outlive_an_outage_that_is_longer_than_their_idle_time(Durability level)
    {
        var clock = new JumpingClock();
        var plan = new ScenarioPlan
        {
            Level = level,
            Time = clock,
            Site = settings => settings with { Extra = new Dictionary<string, string> { ["HybridSession:SweepInterval"] = "1s" } },
            Crowd = new CrowdOptions { Endings = 0 },
            Rules = new CheckRules { SlowestRequest = TimeSpan.FromSeconds(5.5), Recovery = TimeSpan.FromSeconds(5) },
            After = TimeSpan.FromSeconds(2),
        };
        await using var scenario = await Scenario.StartAsync(server, plan);
        await scenario.LoadAsync(plan.Before);
        await scenario.StopLoadAsync();
        await scenario.WhenStoredAsync();

        // The server's clock cannot be set: its rows are made as old as they will be.
        var ago = $"interval '{(Step * Steps).TotalSeconds:0} seconds'";
        await scenario.Audit.ExecuteAsync($"update session set session_expiry = session_expiry - {ago}, session_created = session_created - {ago}");
        await using var away = new ServerStopped(server.Postgres, immediate: false);
        await scenario.BeginAsync(away);
        for (var i = 0; i < Steps; i++)
        {
            await scenario.LoadAsync(TimeSpan.FromMilliseconds(30));
            clock.Jump(Step);
        }

        await scenario.EndAsync(away);
        await scenario.LoadAsync(plan.After);
        await scenario.FinishAsync();
    }
}
