using HybridSession.Resilience.History;
using HybridSession.Resilience.Load;
using HybridSession.Resilience.Site;

namespace HybridSession.Resilience.Scenarios;

/// <summary>The site is killed under load, at random moments.</summary>
public class SiteCrashTests(ControlledServer server)
{
    private static readonly TimeSpan MaxDirtyAge = TimeSpan.FromMilliseconds(200);

    // Sites that serve different sessions of one table are killed side by side: each is a moment of its own.
    private static readonly int SitesAtATime = Length.Of(3, 4);
    private static readonly int Rounds = Length.Of(2, 52);

    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("site-kill", "The site is killed (SIGKILL) at a random moment under load", "Durable: nothing acknowledged is lost. WriteBehind: at most what was acknowledged within MaxDirtyAge before")]
    public async Task A_killed_site_loses_no_more_than_its_level_says(Durability level)
    {
        var row = FaultRow.Current(level);
        var settings = new SiteSettings { ConnectionString = await server.NewDatabaseAsync(), Durability = level, MaxDirtyAge = MaxDirtyAge };
        var audit = new AuditTrail(settings.ConnectionString);
        await using (await InProcessSite.StartAsync(settings)) await audit.InstallAsync();

        var random = new Random((int)level);
        var observations = new Observations();
        var results = new List<CheckResult>();
        for (var round = 0; round < Rounds; round++)
        {
            var moments = Enumerable.Range(round * SitesAtATime, SitesAtATime).Select(seed => (Seed: seed, After: TimeSpan.FromMilliseconds(random.Next(50, 1_300)))).ToList();
            var killed = await Task.WhenAll(moments.Select(m => KillAsync(settings, m.Seed, m.After)));

            observations = new Observations { ConnectionsLeft = await audit.ConnectionsLeftAsync(), AuditedWrites = await audit.CountAsync(), Audit = await audit.ContradictionsAsync() };
            var final = await Cold.ReadAsync(settings.ConnectionString, settings.Schema, [.. killed.Select(k => k.Crowd)]);
            foreach (var (site, state) in killed.Zip(final))
            {
                results.Add(HistoryChecker.Check(site.Crowd.Log.Snapshot(), state, new CheckRules { Level = level, Crashes = [site.Crash], MaxErrorRate = null }, observations));
                site.Crowd.Dispose();
            }

            if (results.Any(r => r.Violations.Count > 0)) break;
        }

        Verdict.Conclude(row, results.Count, results, observations, []);
    }

    private static async Task<(Crowd Crowd, Crash Crash)> KillAsync(SiteSettings settings, int seed, TimeSpan after)
    {
        await using var site = await SiteProcess.StartAsync(settings);
        var crowd = new Crowd(site.Address, new CrowdOptions { Alone = 4, Shared = 1, Rate = 150, Endings = 0.03, Commits = 0.05, Seed = seed });
        await crowd.WarmUpAsync();
        crowd.Begin();
        await Task.Delay(after, TestContext.Current.CancellationToken);
        var (from, to) = await site.KillAsync();
        await crowd.StopAsync();
        return (crowd, new Crash(from, to, MaxDirtyAge + Crash.Margin));
    }
}
