using System.Data.Common;
using HybridSession.Hot;

namespace HybridSession.WriteBehind;

/// <summary>What came of giving up a write whose data the store refuses.</summary>
internal enum RefusalKind
{
    /// <summary>The session was over already.</summary>
    Over,

    /// <summary>A new session: its request was told, and nothing was promised to anybody.</summary>
    Birth,

    /// <summary>The session went into quarantine.</summary>
    Quarantined,

    /// <summary>It was there already.</summary>
    RefusedAgain,
}

/// <param name="Kind">What came of it.</param>
/// <param name="LetGo">Sessions that had to leave the quarantine for it.</param>
/// <param name="Lost">How many of those had no dead letter in the store yet.</param>
internal readonly record struct Refusal(RefusalKind Kind, IReadOnlyList<LiveSession> LetGo, int Lost)
{
    public Refusal(RefusalKind kind) : this(kind, [], 0)
    {
    }

    /// <summary>Why the store refused the data, in a few words that hold none of it.</summary>
    public static string ReasonOf(BackingStoreException failure)
    {
        for (var cause = failure.InnerException; cause is not null; cause = cause.InnerException)
            if (cause is DbException { SqlState: { Length: > 0 } state }) return $"SQLSTATE {state}";
        return (failure.InnerException ?? failure).GetType().Name;
    }
}

/// <summary>What was refused of one batch.</summary>
/// <param name="Quarantined">Sessions that went into quarantine.</param>
/// <param name="Example">The first of them.</param>
/// <param name="Reason">Why; null when none did.</param>
/// <param name="LetGo">Sessions that had to leave the quarantine for them.</param>
/// <param name="Lost">How many of those had no dead letter yet.</param>
internal readonly record struct RefusalTally(int Quarantined, SessionKey Example, string? Reason, int LetGo, int Lost)
{
    public RefusalTally With(Refusal refusal, SessionKey key, string reason)
    {
        var tally = this with { LetGo = LetGo + refusal.LetGo.Count, Lost = Lost + refusal.Lost };
        if (refusal.Kind != RefusalKind.Quarantined) return tally;
        return Reason is null ? tally with { Quarantined = 1, Example = key, Reason = reason } : tally with { Quarantined = Quarantined + 1 };
    }
}
