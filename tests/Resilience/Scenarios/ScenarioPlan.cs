using HybridSession.Resilience.History;
using HybridSession.Resilience.Load;
using HybridSession.Resilience.Site;

namespace HybridSession.Resilience.Scenarios;

/// <summary>What a scenario varies. The defaults make a quick one.</summary>
internal sealed record ScenarioPlan
{
    public required Durability Level { get; init; }

    /// <summary>The only level of the row in a quick run; null: both. The long run takes all.</summary>
    public Durability? QuickLevel { get; init; }

    /// <summary>Left out of a quick run.</summary>
    public bool LongOnly { get; init; }

    /// <summary>Makes the database, and leads to it; null: in the server that the scenarios share.</summary>
    public Func<Task<string>>? Database { get; init; }

    /// <summary>What the site's log says when the fault has reached it; null where it may pass unnoticed.</summary>
    public string? Shows { get; init; }

    /// <summary>Changes the settings of the site. The connection string that comes in goes straight to the server.</summary>
    public Func<SiteSettings, SiteSettings> Site { get; init; } = settings => settings;

    /// <summary>A stage around the store of a site in this process, inside all others.</summary>
    public Func<ISessionBackingStore, ISessionBackingStore>? Stage { get; init; }

    /// <summary>Starts the site in a process of its own, where it can be killed and frozen.</summary>
    public bool OwnProcess { get; init; }

    /// <summary>The clock of a site in this process; null for the system's.</summary>
    public TimeProvider? Time { get; init; }

    /// <summary>Environment variables of a site in a process of its own.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    public CrowdOptions Crowd { get; init; } = new();

    /// <summary>The level comes from <see cref="Level"/>.</summary>
    public CheckRules Rules { get; init; } = new();

    /// <summary>Load before the fault, of each round.</summary>
    public TimeSpan Before { get; init; } = Length.Seconds(0.5, 2);

    /// <summary>How long the fault lasts.</summary>
    public TimeSpan During { get; init; } = Length.Seconds(1, 5);

    /// <summary>Load after everything that had waited was stored.</summary>
    public TimeSpan After { get; init; } = Length.Seconds(0.5, 2);

    /// <summary>How often the fault comes.</summary>
    public int Rounds { get; init; } = Length.Of(1, 5);

    /// <summary>The longest wait for what should happen by itself. A promise is judged by <see cref="Rules"/>; this only ends the test.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Skips the test where this run leaves it out.</summary>
    public void SkipUnlessDue()
    {
        if (Length.IsLong) return;
        Assert.SkipWhen(LongOnly, "Only the long run takes this row.");
        Assert.SkipWhen(QuickLevel is { } only && only != Level, $"A quick run takes this row at {QuickLevel} only.");
    }
}
