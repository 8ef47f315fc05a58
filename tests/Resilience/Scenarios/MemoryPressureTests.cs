using HybridSession.Resilience.Faults;
using HybridSession.Resilience.History;
using HybridSession.Resilience.Load;

namespace HybridSession.Resilience.Scenarios;

/// <summary>The site has too little memory.</summary>
public class MemoryPressureTests(ControlledServer server)
{
    private static readonly TimeSpan IOTimeout = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(Durability.WriteBehind)]
    [FaultRow("memory-pressure", "PostgreSQL is away while sessions grow, in a heap of 96 MB with 4 MB for changes that wait and 4 MB for hot sessions", "Writers are held back and refused; no more than the limit and a quarter waits; no changed session leaves memory, nothing acknowledged is lost")]
    public async Task Writers_are_held_back_when_memory_is_scarce(Durability level)
    {
        const int Megabyte = 1024 * 1024;

        // Several requests may be let in by the same look at the limit.
        const int AtTheSameTime = Megabyte;
        var plan = new ScenarioPlan
        {
            Level = level,
            OwnProcess = true,
            Environment = new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = $"{96 * Megabyte:x}" },
            Site = settings => settings with { MaxDirtyBytes = 4 * Megabyte, MaxHotBytes = 4 * Megabyte, IOTimeout = IOTimeout },
            Crowd = new CrowdOptions { Alone = 150, Shared = 4, Rate = 400, Endings = 0, Spares = 0, Reads = 0.1, Growth = 40_000 },
            During = Length.Seconds(2, 30),
            Rounds = Length.Of(1, 3),
            Rules = new CheckRules { SlowestRequest = IOTimeout + TimeSpan.FromSeconds(1), MaxErrorRate = null, Recovery = TimeSpan.FromSeconds(5) },
        };
        await using var scenario = await Scenario.StartAsync(server, plan);
        await using var away = new ServerStopped(server.Postgres, immediate: false);
        for (var round = 0; round < plan.Rounds; round++)
        {
            await scenario.LoadAsync(plan.Before);
            await scenario.BeginAsync(away);
            await scenario.LoadAsync(plan.During);

            var stats = await scenario.Site.StatsAsync();
            Assert.InRange(stats.DirtyBytes, 4 * Megabyte, (5 * Megabyte) + AtTheSameTime);
            await scenario.EndAsync(away);
            await scenario.LoadAsync(plan.After);
        }

        Assert.Contains(scenario.Crowd.Log.Snapshot(), o => o is { Kind: OperationKind.Set, Status: 503 } && o.Latency >= IOTimeout);
        await scenario.FinishAsync();
    }
}
