using HybridSession.Consistency;
using HybridSession.Simulation.Clients;

namespace HybridSession.Simulation.World;

/// <summary>What a world is made of, and which rules of the protocol are off in it.</summary>
internal sealed record WorldSetup
{
    public int Nodes { get; init; } = 2;

    /// <summary>Nodes that may start later.</summary>
    public int SpareNodes { get; init; }

    public StoreDefects StoreDefects { get; init; }

    public PeerNoticeKind[] LostMessages { get; init; } = [];

    public bool LinkLossIsHidden { get; init; }

    public ClientDefects ClientDefects { get; init; }

    public Action<SessionEngineOptions> Configure { get; init; } = static _ => { };
}
