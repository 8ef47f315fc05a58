using HybridSession.Cluster.Balancer;
using HybridSession.Resilience.History;
using HybridSession.Resilience.Scenarios;
using HybridSession.Resilience.Site;

namespace HybridSession.Cluster.Site;

/// <summary>Sites in processes of their own over one database, behind one balancer.</summary>
internal sealed class NodeGroup : IAsyncDisposable
{
    private readonly SiteProcess[] _nodes;
    private readonly List<SiteProcess> _ended = [];
    private SiteStats _totals = new();

    private NodeGroup(SiteSettings settings, SiteProcess[] nodes, Haproxy balancer) => (Settings, _nodes, Balancer) = (settings, nodes, balancer);

    public SiteSettings Settings { get; }

    public Haproxy Balancer { get; }

    /// <summary>Where the clients go.</summary>
    public Uri Address => Balancer.Address;

    /// <summary>Straight to each node.</summary>
    public IReadOnlyList<Uri> Addresses => [.. _nodes.Select(n => n.Address)];

    /// <summary>A fresh database, the nodes, and the balancer that sees them up.</summary>
    public static async Task<NodeGroup> StartAsync(ControlledServer server, GroupPlan plan)
    {
        BalancerNeeded.Program();
        var settings = plan.Settings(await server.NewDatabaseAsync());
        // The first makes the table.
        var nodes = new List<SiteProcess> { await SiteProcess.StartAsync(settings) };
        try
        {
            nodes.AddRange(await Task.WhenAll(Enumerable.Range(1, plan.Nodes - 1).Select(_ => SiteProcess.StartAsync(settings))));
            return new NodeGroup(settings, [.. nodes], await Haproxy.StartAsync(plan.Affinity, [.. nodes.Select(n => n.Address)]));
        }
        catch
        {
            foreach (var node in nodes) await node.DisposeAsync();
            throw;
        }
    }

    /// <summary>One step of a rolling deploy: the balancer spares the node, SIGTERM, another process takes its place.</summary>
    public async Task<SiteEnd> DeployAsync(int node)
    {
        await Balancer.DrainAsync(node);
        var end = await _nodes[node].StopGracefullyAsync();
        Add(end.Stats);
        await ReplaceAsync(node);
        return end;
    }

    /// <summary>kill -9, without a word to the balancer.</summary>
    /// <returns>Just before the signal, and when the process was gone.</returns>
    public async Task<(long From, long To)> KillAsync(int node)
    {
        // What it has counted goes with it.
        Add(await _nodes[node].StatsAsync());
        return await _nodes[node].KillAsync();
    }

    /// <summary>Another process in the place of one that has ended.</summary>
    public async Task ReplaceAsync(int node)
    {
        _ended.Add(_nodes[node]);
        _nodes[node] = await SiteProcess.StartAsync(Settings);
        await Balancer.ReplaceAsync(node, _nodes[node].Address);
    }

    /// <summary>What the meters of the nodes that live say, together.</summary>
    public async Task<Observations> ObserveAsync()
    {
        var stats = await Task.WhenAll(_nodes.Select(n => n.StatsAsync()));
        return new Observations { DirtySessions = stats.Sum(s => s.DirtySessions), DirtyBytes = stats.Sum(s => s.DirtyBytes) };
    }

    /// <summary>Stops all nodes that live, one after the other as nothing else would be a deployment.</summary>
    /// <returns>What the meters of all nodes that ever were had counted.</returns>
    public async Task<SiteStats> StopAsync()
    {
        foreach (var node in _nodes)
        {
            var end = await node.StopGracefullyAsync();
            Assert.Equal(0, end.ExitCode);
            Add(end.Stats);
        }

        return _totals;
    }

    /// <summary>What all of them wrote, those that have ended included.</summary>
    public IReadOnlyList<string> Log => [.. _ended.Concat(_nodes).SelectMany((n, i) => n.Log.Select(line => $"[{i}] {line}"))];

    private void Add(SiteStats stats)
    {
        var lost = stats.Lost.Concat(_totals.Lost).GroupBy(l => l.Key).ToDictionary(g => g.Key, g => g.Sum(l => l.Value));
        _totals = new SiteStats { Lost = lost };
    }

    public async ValueTask DisposeAsync()
    {
        await Balancer.DisposeAsync();
        foreach (var node in _ended.Concat(_nodes)) await node.DisposeAsync();
    }
}
