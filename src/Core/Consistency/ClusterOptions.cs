namespace HybridSession;

/// <summary>How the nodes of a site work together. Each setting is the same on all nodes.</summary>
public sealed class ClusterOptions
{
    /// <summary>
    /// Whether other nodes may use the same sessions. Switch it off on a site that is one process for ever and has no direct way to its database (a pooler in transaction mode and
    /// nothing else): there each request would ask the database whether somebody else has changed its session.
    /// </summary>
    /// <value>Default true. Without effect with a store that links no nodes, such as the one in memory.</value>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// The longest that a request waits for a change that its client has seen and another node has not stored yet. That node is asked to store it at once, which takes
    /// milliseconds; this is for one that is alive and does not answer. When it is over the request goes on without the change.
    /// </summary>
    /// <value>Default 5 seconds. Between 10 milliseconds and 1 minute.</value>
    public TimeSpan HandoffTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a node that can neither hear the others nor ask the store serves the sessions in its memory; after that they are unavailable until it can.
    /// A session that was revoked meanwhile opens on such a node for so long.
    /// </summary>
    /// <value>Default null: as long as the outage lasts. At least 1 second.</value>
    public TimeSpan? MaxUnvalidatedAge { get; set; }
}
