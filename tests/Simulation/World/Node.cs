using HybridSession.Diagnostics;
using HybridSession.Expiration;
using HybridSession.Resilience;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace HybridSession.Simulation.World;

/// <summary>One node: the real engine over its stage of the store and its link.</summary>
internal sealed class Node : IDisposable
{
    private readonly SessionMetrics _metrics = new(null);

    public Node(SimulatedWorld world)
    {
        Circuit = new StoreCircuit(new SessionClock(world.Time));
        Engine = new SessionEngine(Options.Create(world.Options), new NodeStore(world, this), world.Time, _metrics, NullLogger<SessionEngine>.Instance, Circuit, new NodeLink(world.Network, this));
    }

    /// <summary>The node's place, in the order of the nodes' names: so ties are broken the same way in every run of a seed.</summary>
    public int Index { get; set; }

    public SessionEngine Engine { get; }

    public StoreCircuit Circuit { get; }

    public string Name => Engine.Node.ToString();

    public ISessionPeerReceiver? Receiver { get; set; }

    /// <summary>What the link has to tell, in order; before that no message is delivered.</summary>
    public Queue<(string What, Action Tell)> LinkEvents { get; } = new();

    public Task Start { get; set; } = Task.CompletedTask;

    public Task Stop { get; set; } = Task.CompletedTask;

    public bool IsStarted { get; set; }

    public bool IsLinked { get; set; }

    public bool IsPartitioned { get; set; }

    public bool IsCrashed { get; set; }

    public bool IsStopping { get; set; }

    /// <summary>When a call to the store failed last: until the pause after it is over, changes may be older than promised.</summary>
    public long LastFailureMs { get; private set; } = -1_000_000;

    /// <summary>How many of its calls to the store have failed.</summary>
    public int Failures { get; private set; }

    /// <summary>Takes requests.</summary>
    public bool IsServing => IsStarted && Start.IsCompletedSuccessfully && !IsCrashed && !IsStopping;

    public override string ToString() => $"node {(char)('A' + Index)}";

    public void CallFailed(long nowMs) => (LastFailureMs, Failures) = (nowMs, Failures + 1);

    public void Dispose()
    {
        Engine.Dispose();
        _metrics.Dispose();
    }
}
