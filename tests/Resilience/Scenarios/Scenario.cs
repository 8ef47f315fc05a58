using System.Diagnostics;
using HybridSession.Resilience.Faults;
using HybridSession.Resilience.History;
using HybridSession.Resilience.Load;
using HybridSession.Resilience.Site;

namespace HybridSession.Resilience.Scenarios;

/// <summary>
/// A site under load in a database of its own. Either <see cref="RunAsync"/> with a fault, or step by step: <see cref="StartAsync"/>, <see cref="LoadAsync"/>,
/// whatever goes wrong, <see cref="RecoverAsync"/>, <see cref="FinishAsync"/>.
/// </summary>
internal sealed class Scenario : IAsyncDisposable
{
    private readonly ScenarioPlan _plan;
    private readonly FaultRow _row;
    private readonly Timeline _timeline = new();
    private bool _isLoaded;
    private TimeSpan? _recovery;
    private int _rounds;

    private Scenario(ScenarioPlan plan, FaultRow row, string connectionString, SiteSettings settings, ISite site)
    {
        (_plan, _row, ConnectionString, Settings, Site) = (plan, row, connectionString, settings, site);
        Audit = new AuditTrail(connectionString);
        Crowd = new Crowd(site.Address, plan.Crowd);
    }

    /// <summary>Straight to the database, whatever way the site takes.</summary>
    public string ConnectionString { get; }

    public SiteSettings Settings { get; }

    public ISite Site { get; private set; }

    /// <summary>The site, where the plan gives it a process of its own.</summary>
    public SiteProcess Process => (SiteProcess)Site;

    public Crowd Crowd { get; }

    public AuditTrail Audit { get; }

    /// <summary>When the site was killed, by the test; the checker judges by this what is missing.</summary>
    public List<Crash> Crashes { get; } = [];

    /// <summary>Load, fault, load, the end of the fault, recovery, load; as often as the plan says; then the judgement.</summary>
    public static async Task RunAsync(ControlledServer server, ScenarioPlan plan, Func<Scenario, IFault> create)
    {
        await using var scenario = await StartAsync(server, plan);
        await using var fault = create(scenario);
        for (var round = 0; round < plan.Rounds; round++)
        {
            await scenario.LoadAsync(plan.Before);
            await scenario.BeginAsync(fault);
            await scenario.LoadAsync(plan.During);
            await scenario.EndAsync(fault);
            await scenario.LoadAsync(plan.After);
        }

        await scenario.FinishAsync();
    }

    /// <summary>A fresh database, the audit trigger, the site, and a crowd of which everybody has a session.</summary>
    public static async Task<Scenario> StartAsync(ControlledServer server, ScenarioPlan plan)
    {
        var row = FaultRow.Current(plan.Level);
        plan.SkipUnlessDue();
        var connectionString = await (plan.Database?.Invoke() ?? server.NewDatabaseAsync());
        var settings = plan.Site(new SiteSettings { ConnectionString = connectionString, Durability = plan.Level });
        var scenario = new Scenario(plan, row, connectionString, settings, await StartSiteAsync(plan, settings));
        try
        {
            await scenario.Audit.InstallAsync();
            await scenario.Crowd.WarmUpAsync();
            scenario._timeline.Note("warm");
            return scenario;
        }
        catch
        {
            await scenario.DisposeAsync();
            throw;
        }
    }

    /// <summary>Lets the crowd work for so long, and go on working.</summary>
    public async Task LoadAsync(TimeSpan time)
    {
        if (!_isLoaded) Crowd.Begin();
        _isLoaded = true;
        await Task.Delay(time, TestContext.Current.CancellationToken);
    }

    public async Task StopLoadAsync()
    {
        if (_isLoaded) await Crowd.StopAsync();
        _isLoaded = false;
    }

    /// <summary>Begins a fault, in which clients leave sessions for good that they have changed.</summary>
    public async Task BeginAsync(IFault fault)
    {
        await Crowd.RestockAsync();
        await fault.StartAsync();
        _timeline.Note($"{fault.GetType().Name} began");
    }

    /// <summary>Ends a fault and waits until the site has recovered.</summary>
    public async Task EndAsync(IFault fault)
    {
        _timeline.Note($"{fault.GetType().Name} is ended");
        await fault.HealAsync();
        await RecoverAsync();
        _rounds += fault.Times - 1;
    }

    /// <summary>The fault has just ended: waits until everything from before this moment is stored.</summary>
    public async Task RecoverAsync()
    {
        var healed = Stopwatch.GetTimestamp();
        _timeline.Note("the fault has ended");
        await Until.TrueAsync(async () =>
        {
            // The age is of some moment after this one: a change younger than that was made after the end of the fault.
            var sinceHealed = Stopwatch.GetElapsedTime(healed);
            var stats = await Site.StatsAsync();
            return stats.DirtySessions == 0 || stats.OldestAge < sinceHealed.TotalSeconds;
        }, "What had waited is stored", _plan.Patience);
        _rounds++;
        _timeline.Note("what had waited is stored");
        var took = Stopwatch.GetElapsedTime(healed);
        if (_recovery is null || took > _recovery) _recovery = took;
    }

    /// <summary>Stops the site gracefully under whatever load there is, and starts another in its place, to which the crowd goes on.</summary>
    public async Task<SiteEnd> RestartAsync()
    {
        var end = await Site.StopGracefullyAsync();
        _timeline.Note($"the site has stopped in {end.Took.TotalSeconds:0.00} s");
        await Site.DisposeAsync();
        Site = await StartSiteAsync(_plan, Settings);
        Crowd.MoveTo(Site.Address);
        _timeline.Note("another site is up");
        _rounds++;
        return end;
    }

    /// <summary>Stops the load, lets the site store what waits, restarts it cold, reads every session and judges.</summary>
    public async Task FinishAsync()
    {
        await StopLoadAsync();
        _timeline.Note("the load has stopped");
        await Crowd.ReadAllAsync();
        var stats = await WhenStoredAsync();
        var observations = new Observations { DirtySessions = stats.DirtySessions, DirtyBytes = stats.DirtyBytes, Connections = await Audit.ConnectionsAsync() };
        var end = await Site.StopGracefullyAsync();
        _timeline.Note("the site has stopped");
        Assert.Equal(0, end.ExitCode);
        await JudgeAsync(observations with { ReportedLost = end.Stats.LostTotal });
    }

    /// <summary>Reads every session from a new site and judges. The site of the scenario has ended.</summary>
    public async Task JudgeAsync(Observations observations)
    {
        var log = Site.Log;
        await Site.DisposeAsync();
        observations = observations with
        {
            ConnectionsLeft = await Audit.ConnectionsLeftAsync(),
            AuditedWrites = await Audit.CountAsync(),
            Audit = await Audit.ContradictionsAsync(),
            Recovery = _recovery,
        };
        _timeline.Note("the audit is read");
        var final = (await Cold.ReadAsync(ConnectionString, Settings.Schema, Crowd)).Single();
        _timeline.Note("every session is read cold");
        var result = HistoryChecker.Check(Crowd.Log.Snapshot(), final, _plan.Rules with { Level = _plan.Level, Crashes = Crashes }, observations);
        if (_plan.Shows is { } shows) Assert.Contains(log, line => line.Contains(shows, StringComparison.Ordinal));
        Verdict.Conclude(_row, Math.Max(1, _rounds), [result], observations, log);
    }

    /// <summary>Waits until nothing is dirty, and returns what the site says then. Not an error by itself when it takes too long: the checker says so.</summary>
    public async Task<SiteStats> WhenStoredAsync()
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var stats = await Site.StatsAsync();
            if ((stats.DirtySessions == 0 && stats.DirtyBytes == 0) || clock.Elapsed > _plan.Patience) return stats;
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopLoadAsync();
        Crowd.Dispose();
        await Site.DisposeAsync();
    }

    private static async Task<ISite> StartSiteAsync(ScenarioPlan plan, SiteSettings settings) =>
        plan.OwnProcess ? await SiteProcess.StartAsync(settings, plan.Environment) : await InProcessSite.StartAsync(settings, plan.Time, plan.Stage);
}
