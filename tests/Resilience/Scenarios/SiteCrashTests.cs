using HybridSession.Resilience.History;
using HybridSession.Resilience.Load;
using HybridSession.Resilience.Site;

namespace HybridSession.Resilience.Scenarios;

/// <summary>The site is killed under load, at random moments.</summary>
public class SiteCrashTests(ControlledServer server)
{
    private static readonly TimeSpan MaxDirtyAge = TimeSpan.FromMilliseconds(200);

    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("site-kill", "The site is killed (SIGKILL) at a random moment under load", "Durable: nothing acknowledged is lost. WriteBehind: at most what was acknowledged within MaxDirtyAge before")]
    public Task A_killed_site_loses_no_more_than_its_level_says(Durability level) => KillAsync(new Victims
    {
        Level = level,
        Crowd = new CrowdOptions { Alone = 4, Shared = 1, Rate = 150, Endings = 0.03, Commits = 0.05 },
        AtATime = Length.Of(3, 4),
        Rounds = level == Durability.Durable ? Length.Of(2, 52) : Length.Of(1, 26),
    });

    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("thread-starvation", "Handlers block all 4 threads of the pool, and the site is killed", "No false acknowledgement: what was answered is there, by the promise of its level")]
    public Task Blocked_threads_make_no_false_acknowledgement(Durability level) => KillAsync(new Victims
    {
        Level = level,
        Crowd = new CrowdOptions { Alone = 12, Shared = 2, Rate = null, Reads = 0.1, Blocking = TimeSpan.FromMilliseconds(50) },
        Environment = new Dictionary<string, string> { ["DOTNET_ThreadPool_ForceMaxWorkerThreads"] = "4" },
        Least = TimeSpan.FromSeconds(1),
        AtATime = 2,
        Rounds = Length.Of(1, 10),
    });

    // Sites that serve different sessions of one table are killed side by side: each is a moment of its own.
    private async Task KillAsync(Victims victims)
    {
        var row = FaultRow.Current(victims.Level);
        var settings = new SiteSettings { ConnectionString = await server.NewDatabaseAsync(), Durability = victims.Level, MaxDirtyAge = MaxDirtyAge };
        var audit = new AuditTrail(settings.ConnectionString);
        await using (await InProcessSite.StartAsync(settings)) await audit.InstallAsync();

        var observations = new Observations();
        var results = new List<CheckResult>();
        for (var round = 0; round < victims.Rounds && results.All(r => r.Violations.Count == 0); round++)
        {
            var killed = await Task.WhenAll(Enumerable.Range(round * victims.AtATime, victims.AtATime).Select(seed => KillAsync(victims, settings, seed)));
            observations = new Observations { ConnectionsLeft = await audit.ConnectionsLeftAsync(), AuditedWrites = await audit.CountAsync(), Audit = await audit.ContradictionsAsync() };
            var final = await Cold.ReadAsync(settings.ConnectionString, settings.Schema, [.. killed.Select(k => k.Crowd)]);
            foreach (var ((crowd, crash), state) in killed.Zip(final))
            {
                results.Add(HistoryChecker.Check(crowd.Log.Snapshot(), state, new CheckRules { Level = victims.Level, Crashes = [crash], MaxErrorRate = null }, observations));
                crowd.Dispose();
            }
        }

        Verdict.Conclude(row, results.Count, results, observations, []);
    }

    private static async Task<(Crowd Crowd, Crash Crash)> KillAsync(Victims victims, SiteSettings settings, int seed)
    {
        await using var site = await SiteProcess.StartAsync(settings, victims.Environment);
        var crowd = new Crowd(site.Address, victims.Crowd with { Seed = seed });
        await crowd.WarmUpAsync();
        crowd.Begin();
        await Task.Delay(victims.Least + TimeSpan.FromSeconds(new Random(seed).NextDouble()), TestContext.Current.CancellationToken);
        var (from, to) = await site.KillAsync();
        await crowd.StopAsync();
        return (crowd, Crash.Of(crowd.Log.Snapshot(), from, to, MaxDirtyAge));
    }

    /// <summary>Sites that are killed, each at a moment of its own within a second.</summary>
    private sealed record Victims
    {
        public required Durability Level { get; init; }

        public required CrowdOptions Crowd { get; init; }

        public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

        /// <summary>Load before the second begins.</summary>
        public TimeSpan Least { get; init; } = TimeSpan.FromMilliseconds(100);

        public required int AtATime { get; init; }

        public required int Rounds { get; init; }
    }
}
