namespace HybridSession.Cluster.Balancer;

/// <summary>How the balancer chooses a node for a request.</summary>
internal enum Affinity
{
    /// <summary>One after the other, whoever asks.</summary>
    RoundRobin,

    /// <summary>
    /// The node that the session cookie names: the one with the newest change of this session. The balancer learns from responses which server bears which name, so it
    /// keeps one entry a node and none a client, gives no cookie of its own, and follows a client that another node had to take over.
    /// </summary>
    NodeOfCookie,
}
