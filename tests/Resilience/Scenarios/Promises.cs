using HybridSession.Resilience.History;

namespace HybridSession.Resilience.Scenarios;

/// <summary>What most rows promise, and how long they take.</summary>
internal static class Promises
{
    public const string NothingLost = "Hot sessions are served and changed; nothing acknowledged is lost";
    public const string NothingDiscarded = "Nothing is discarded; it heals without a restart";

    /// <summary>The site's own limit for a wait, and what a busy machine of two cores may add.</summary>
    public static readonly TimeSpan SlowestRequest = TimeSpan.FromSeconds(5.5);

    /// <summary>No request waits longer than IOTimeout, no hot session is refused at write-behind, and what had waited is stored within 5 s.</summary>
    public static CheckRules Rules { get; } = new() { SlowestRequest = SlowestRequest, Recovery = TimeSpan.FromSeconds(5) };

    public static ScenarioPlan Plan(Durability level) => new()
    {
        Level = level,
        Rules = Rules,
        Before = Length.Seconds(0.3, 2),
        During = Length.Seconds(0.7, 5),
        After = Length.Seconds(0.3, 2),
        Rounds = Length.Of(1, 2),
    };
}
