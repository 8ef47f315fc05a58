using HybridSession.Resilience.History;

namespace HybridSession.Resilience.Scenarios;

/// <summary>Bounds that most rows share.</summary>
internal static class Promises
{
    /// <summary>The site's own limit for a wait.</summary>
    public static readonly TimeSpan IOTimeout = TimeSpan.FromSeconds(5);

    /// <summary>What a busy machine of two cores may add.</summary>
    public static readonly TimeSpan Machine = TimeSpan.FromSeconds(0.5);

    /// <summary>No request waits longer than IOTimeout, no hot session is refused at write-behind, and what had waited is stored within 5 s.</summary>
    public static CheckRules Usual { get; } = new() { SlowestRequest = IOTimeout + Machine, Recovery = TimeSpan.FromSeconds(5) };
}
