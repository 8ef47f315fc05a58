namespace HybridSession;

/// <summary>
/// Carries short texts between the nodes of a site, and knows which of them are alive. A store that several nodes share offers one
/// (<see cref="BackingStoreRegistration.PeerLink"/>); without one a node takes itself to be the only one.
/// </summary>
/// <remarks>
/// Messages are hints: they may be lost, repeated, late or forged, and nothing but the store's rows is believed. A node is a text of 8 characters of a-z and 2-7,
/// drawn anew at each start of a process. Members may be called concurrently.
/// </remarks>
public interface ISessionPeerLink
{
    /// <summary>The most characters of one message; all of them ASCII.</summary>
    int MaxMessageLength { get; }

    /// <summary>
    /// Joins the nodes under a name and hands on what arrives, until stopped; connects again by itself, and tells the receiver each time. When it is stopped the node has left.
    /// Does not throw for a server that is away.
    /// </summary>
    /// <param name="node">The name of this node.</param>
    /// <param name="receiver">Who is told; one call at a time, never after this task has ended.</param>
    /// <param name="stop">Ends it.</param>
    Task RunAsync(string node, ISessionPeerReceiver receiver, CancellationToken stop);

    /// <summary>Sends messages. Returns when they are on their way; nobody answers for their arrival.</summary>
    /// <exception cref="BackingStoreException">They were not sent, or perhaps not.</exception>
    ValueTask SendAsync(IReadOnlyList<PeerMessage> messages, CancellationToken cancellationToken);

    /// <summary>The nodes that are alive now, this one included when it has joined. A node whose link broke is missing until it has joined again.</summary>
    /// <exception cref="BackingStoreException">They could not be asked for.</exception>
    ValueTask<IReadOnlyList<string>> ReadNodesAsync(CancellationToken cancellationToken);
}

/// <summary>What a <see cref="ISessionPeerLink"/> tells its node. Implementations return soon and do not throw.</summary>
public interface ISessionPeerReceiver
{
    /// <summary>The link works from now on. Messages may have been missed before.</summary>
    /// <param name="nodes">The nodes that are alive, this one included.</param>
    void Joined(IReadOnlyList<string> nodes);

    /// <summary>Who is alive, asked for now and then; also a sign that the link still works.</summary>
    void NodesAre(IReadOnlyList<string> nodes);

    /// <summary>A message, also one of this node's own.</summary>
    void Received(string message);

    /// <summary>The link does not work: messages are missed until <see cref="Joined"/>.</summary>
    /// <param name="reason">One sentence for the log, without secrets, that says what to do when somebody has to do something.</param>
    void Lost(string reason);
}

/// <summary>One message.</summary>
/// <param name="To">The node that is meant, or null for all.</param>
/// <param name="Text">At most <see cref="ISessionPeerLink.MaxMessageLength"/> ASCII characters.</param>
public readonly record struct PeerMessage(string? To, string Text);
