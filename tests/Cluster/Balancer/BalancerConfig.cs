using System.Globalization;
using HybridSession.Resilience.Load;

namespace HybridSession.Cluster.Balancer;

/// <summary>The configuration of HAProxy. Pure.</summary>
internal static class BalancerConfig
{
    public const string Backend = "nodes";

    private const string Learn = """
            # token.version-node: the part behind the last hyphen, in a response to learn it and in a request to find it.
            stick-table type string len 8 size 1k expire 1h
            stick match req.cook(.HybridSession),field(2,.),field(2,-)
            stick store-response res.cook(.HybridSession),field(2,.),field(2,-)
        """;

    public static string ServerName(int node) => string.Create(CultureInfo.InvariantCulture, $"node{node + 1}");

    /// <param name="affinity">How a node is chosen.</param>
    /// <param name="port">Where it listens, on 127.0.0.1.</param>
    /// <param name="socket">The path of its runtime socket.</param>
    /// <param name="nodes">The servers.</param>
    public static string Text(Affinity affinity, int port, string socket, IReadOnlyList<Uri> nodes) => $"""
        global
            stats socket {socket} mode 600 level admin
            maxconn 2000
            hard-stop-after 10s

        defaults
            mode http
            timeout connect 2s
            # A node on a busy machine may take its time; one that has gone refuses at once.
            timeout check 5s
            timeout client 60s
            timeout server 60s
            # A connection that a node refuses is tried at another one; a request that was sent is not repeated.
            option redispatch 1
            retries 3

        frontend site
            bind 127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}
            default_backend {Backend}

        backend {Backend}
            balance roundrobin
            option httpchk GET /healthz/ready
            http-response set-header {SiteClient.NodeHeader} %s
            default-server check inter 500ms fastinter 50ms fall 3 rise 1
        {(affinity == Affinity.NodeOfCookie ? Learn : "")}
        {string.Join('\n', nodes.Select((node, i) => $"    server {ServerName(i)} {node.Authority}"))}

        """;
}
