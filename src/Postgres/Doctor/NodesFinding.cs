using System.Globalization;
using HybridSession.Postgres.Peers;

namespace HybridSession.Postgres.Doctor;

/// <summary>Judges whether this node can hear the others. Pure.</summary>
internal static class NodesFinding
{
    private const string Name = "nodes";

    public static ProbeFinding Deaf(PeerRefusal refusal) => ProbeFinding.Warning(Name, refusal.Observation, refusal.Advice);

    public static ProbeFinding Alone(PeerRefusal refusal) =>
        ProbeFinding.Warning("exclusive", $"{refusal.Cause}, so no session can be locked for all nodes: exclusive endpoints let its requests in turn on this node only.", refusal.Advice);

    /// <param name="reason">What was met, and what to do about it.</param>
    public static ProbeFinding Unreachable(string reason) => ProbeFinding.Warning(Name, $"This node cannot hear the others. {reason}", "It tries again by itself; correct ListenConnectionString where that is set.");

    /// <param name="others">How many nodes are alive, this one not counted.</param>
    public static ProbeFinding Alive(int others) => ProbeFinding.Good(Name, others switch
    {
        0 => "No other node is there now; one that comes is heard.",
        1 => "One other node is there, and is heard.",
        _ => string.Create(CultureInfo.InvariantCulture, $"{others} other nodes are there, and are heard."),
    });
}
