using HybridSession.Cluster.Load;
using HybridSession.Cluster.Report;
using HybridSession.Cluster.Site;
using HybridSession.Resilience;
using HybridSession.Resilience.History;
using HybridSession.Resilience.Scenarios;
using HybridSession.Resilience.Site;

namespace HybridSession.Cluster.Scenarios;

/// <summary>Nodes behind a balancer in a database of their own, and an audience of which everybody has a session.</summary>
internal sealed class ClusterScenario : IAsyncDisposable
{
    private const int ConnectionsOfNode = 14;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly GroupPlan _plan;
    private readonly AuditTrail _audit;

    private ClusterScenario(GroupPlan plan, NodeGroup group, Audience audience)
    {
        (_plan, Group, Audience) = (plan, group, audience);
        _audit = new AuditTrail(group.Settings.ConnectionString);
    }

    public NodeGroup Group { get; }

    public Audience Audience { get; }

    /// <summary>When nodes were killed; the checker judges by this what is missing.</summary>
    public List<Crash> Crashes { get; } = [];

    public Timeline Timeline { get; } = new();

    /// <param name="server">Has the database.</param>
    /// <param name="plan">What differs from the usual.</param>
    /// <param name="browsers">Sessions.</param>
    /// <param name="each">Requests at a time of each.</param>
    public static async Task<ClusterScenario> StartAsync(ControlledServer server, GroupPlan plan, int browsers, int each = 1)
    {
        var group = await NodeGroup.StartAsync(server, plan);
        var scenario = new ClusterScenario(plan, group, new Audience(group.Address, browsers, each));
        try
        {
            await scenario._audit.InstallAsync();
            await scenario.Audience.WarmUpAsync();
            scenario.Timeline.Note("everybody has a session");
            return scenario;
        }
        catch
        {
            await scenario.DisposeAsync();
            throw;
        }
    }

    /// <summary>Lets time pass; the audience goes on.</summary>
    public static Task WaitAsync(TimeSpan time) => Task.Delay(time, TestContext.Current.CancellationToken);

    /// <summary>kill -9 of one node under load.</summary>
    public async Task KillAsync(int node)
    {
        var (from, to) = await Group.KillAsync(node);
        // How slow the machine is shows in what was answered before; afterwards requests wait for the node that is gone.
        var before = Audience.Log.Snapshot().Where(o => o.Completed < from).ToList();
        Crashes.Add(Crash.Of(before, from, to, Group.Settings.MaxDirtyAge));
        Timeline.Note($"node {node + 1} was killed");
    }

    /// <summary>Stops the load, lets the nodes store what waits, stops them, reads every session cold, and counts.</summary>
    /// <param name="maxErrorRate">The share of requests that may fail.</param>
    public async Task<ClusterResult> FinishAsync(double? maxErrorRate = 0)
    {
        await Audience.StopAsync();
        var observations = await WhenStoredAsync();
        Timeline.Note("the load has stopped and everything is stored");
        observations = observations with { Connections = await _audit.ConnectionsAsync(), AuditedWrites = await _audit.CountAsync() };
        var meters = await Group.StopAsync();
        observations = observations with { ConnectionsLeft = await _audit.ConnectionsLeftAsync(), Audit = await _audit.ContradictionsAsync() };
        var final = await ReadColdAsync();
        Timeline.Note("every session is read cold");

        var operations = Audience.Log.Snapshot();
        var rules = new CheckRules { Level = _plan.Level, Crashes = Crashes, MaxErrorRate = maxErrorRate, MaxConnections = _plan.Nodes * ConnectionsOfNode };
        // What is reported where nodes are killed is compared with what each client was told, by the scenario that kills.
        var result = HistoryChecker.Check(operations, final, rules, observations with { ReportedLost = Crashes.Count == 0 ? meters.LostTotal : 0 });
        var record = ClusterRecord.Of(TestContext.Current.TestMethod!.MethodName, _plan.Level, result, operations);
        return new ClusterResult(record, result.Violations, operations, meters.LostTotal, Group.Log);
    }

    public async ValueTask DisposeAsync()
    {
        await Audience.StopAsync();
        Audience.Dispose();
        await Group.DisposeAsync();
    }

    // Not an error by itself when it takes too long: the checker says so.
    private async Task<Observations> WhenStoredAsync()
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            var seen = await Group.ObserveAsync();
            if ((seen.DirtySessions == 0 && seen.DirtyBytes == 0) || clock.Elapsed > Patience) return seen;
            await WaitAsync(TimeSpan.FromMilliseconds(20));
        }
    }

    private async Task<FinalState> ReadColdAsync()
    {
        await using var site = await InProcessSite.StartAsync(Group.Settings with { IOTimeout = TimeSpan.FromSeconds(30) });
        var final = await Audience.ReadAsync(site.Address);
        await site.StopGracefullyAsync();
        return final;
    }
}
