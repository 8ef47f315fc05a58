using HybridSession.Cluster.Balancer;
using HybridSession.Resilience.Site;

namespace HybridSession.Cluster.Site;

/// <summary>What a scenario varies of the nodes. The defaults are the product's.</summary>
internal sealed record GroupPlan
{
    public Durability Level { get; init; } = Durability.WriteBehind;

    public Affinity Affinity { get; init; } = Affinity.RoundRobin;

    public int Nodes { get; init; } = 3;

    /// <summary>Whether the nodes know of each other.</summary>
    public bool IsCluster { get; init; } = true;

    /// <summary>The way that leads each node to its messages, made of the direct one; null for the same as to its rows.</summary>
    public Func<string, string>? Listen { get; init; }

    public SiteSettings Settings(string connectionString)
    {
        var extra = new Dictionary<string, string>
        {
            ["HybridSession:Cluster:Enabled"] = IsCluster ? "true" : "false",
        };
        if (Listen is not null) extra["HybridSession:Postgres:ListenConnectionString"] = Listen(connectionString);
        return new SiteSettings { ConnectionString = connectionString, Durability = Level, Extra = extra };
    }
}
