using System.Globalization;
using HybridSession.Resilience.Faults;
using HybridSession.Resilience.History;
using HybridSession.Resilience.Load;
using HybridSession.Resilience.Site;

namespace HybridSession.Resilience.Scenarios;

/// <summary>The site is stopped as by a deployment, or stands still for a while.</summary>
public class SiteStopTests(ControlledServer server)
{
    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("site-stop", "The site is told to stop (SIGTERM) under load", "Nothing is lost; exit code 0, within 5 s")]
    public async Task A_stop_under_load_loses_nothing(Durability level)
    {
        var plan = new ScenarioPlan { Level = level, OwnProcess = true, Rules = new CheckRules { MaxErrorRate = null }, Rounds = Length.Of(2, 12) };
        await using var scenario = await Scenario.StartAsync(server, plan);
        for (var round = 0; round < plan.Rounds; round++)
        {
            await scenario.LoadAsync(plan.Before);
            var end = await scenario.RestartAsync();

            Assert.Equal(0, end.ExitCode);
            Assert.Equal(0, end.Stats.LostTotal);
            Assert.InRange(end.Took, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        }

        await scenario.LoadAsync(plan.After);
        await scenario.FinishAsync();
    }

    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("site-stop-server-away", "The site is told to stop while PostgreSQL is away, with 1 s to do it", "It ends in time and reports by count exactly what is missing")]
    public async Task A_stop_without_the_server_reports_what_is_left(Durability level)
    {
        var shutdownTimeout = TimeSpan.FromSeconds(1);
        var plan = new ScenarioPlan
        {
            Level = level,
            OwnProcess = true,
            Site = settings => settings with { ShutdownTimeout = shutdownTimeout, IOTimeout = TimeSpan.FromSeconds(1) },
            Crowd = new CrowdOptions { Endings = 0 },
            Rules = new CheckRules { MayReportLoss = true, MaxErrorRate = null },
        };
        await using var scenario = await Scenario.StartAsync(server, plan);
        await scenario.LoadAsync(plan.Before);
        await using var away = new ServerStopped(server.Postgres, immediate: false);
        await away.StartAsync();
        await scenario.LoadAsync(plan.During);

        var end = await scenario.Process.StopGracefullyAsync();
        await scenario.StopLoadAsync();
        await away.HealAsync();

        Assert.Equal(0, end.ExitCode);
        Assert.InRange(end.Took, TimeSpan.Zero, shutdownTimeout + TimeSpan.FromSeconds(2));
        Assert.True(end.Stats.LostTotal > 0, "Changes that waited were lost, and nothing was reported.");
        Assert.Contains(scenario.Site.Log, line => line.Contains($"DrainIncomplete: Shutdown ended with {end.Stats.LostTotal.ToString(CultureInfo.InvariantCulture)} unflushed sessions", StringComparison.Ordinal));
        await scenario.JudgeAsync(new Observations { ReportedLost = end.Stats.LostTotal });
    }

    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("site-freeze", "The site stands still (SIGSTOP) for 3 s under load and goes on", "Nothing is lost; requests take as much longer; clients see their own changes")]
    public Task A_site_that_stood_still_goes_on(Durability level)
    {
        var frozen = TimeSpan.FromSeconds(3);
        return Scenario.RunAsync(
            server,
            new ScenarioPlan
            {
                Level = level,
                OwnProcess = true,
                During = frozen,
                Rules = new CheckRules { SlowestRequest = frozen + TimeSpan.FromSeconds(1), Recovery = TimeSpan.FromSeconds(2) },
            },
            scenario => new SiteFrozen(scenario.Process));
    }
}
