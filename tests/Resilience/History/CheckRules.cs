namespace HybridSession.Resilience.History;

/// <summary>What a scenario promises; the strictest by default.</summary>
internal sealed record CheckRules
{
    /// <summary>The level of sets that did not ask for another.</summary>
    public Durability Level { get; init; }

    /// <summary>When the site was killed.</summary>
    public IReadOnlyList<Crash> Crashes { get; init; } = [];

    /// <summary>A shutdown ran out of time: changes may be missing, and as many sessions must have been reported.</summary>
    public bool MayReportLoss { get; init; }

    /// <summary>No request takes longer; null: not judged.</summary>
    public TimeSpan? SlowestRequest { get; init; }

    /// <summary>The share that may fail or stay unanswered of the requests that need no store: those of hot sessions, unless they wait for a commit. Null: not judged.</summary>
    public double? MaxErrorRate { get; init; } = 0;

    /// <summary>Everything from before the end of the fault is stored so soon after it; null: not judged.</summary>
    public TimeSpan? Recovery { get; init; }

    /// <summary>The most connections that the site may hold after the fault.</summary>
    public int MaxConnections { get; init; } = 11;
}

/// <summary>What was seen from outside the clients.</summary>
internal sealed record Observations
{
    /// <summary>Contradictions that the audit trigger noted.</summary>
    public IReadOnlyList<string> Audit { get; init; } = [];

    /// <summary>Row changes that the audit trigger saw; none means that it was not there.</summary>
    public long AuditedWrites { get; init; }

    /// <summary>Sessions whose changes the site reported as lost.</summary>
    public long ReportedLost { get; init; }

    /// <summary>From the end of the fault until everything from before it was stored.</summary>
    public TimeSpan? Recovery { get; init; }

    /// <summary>Sessions not stored, after the load had ended and a wait.</summary>
    public long DirtySessions { get; init; }

    /// <summary>Bytes not stored, likewise.</summary>
    public long DirtyBytes { get; init; }

    /// <summary>The site's connections after the load.</summary>
    public int Connections { get; init; }

    /// <summary>Those that were left when the site had ended.</summary>
    public int ConnectionsLeft { get; init; }
}
