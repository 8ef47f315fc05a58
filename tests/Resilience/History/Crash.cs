using System.Diagnostics;

namespace HybridSession.Resilience.History;

/// <summary>A site was killed: some of what it had acknowledged may be missing, by the promise of its level.</summary>
/// <param name="From">Just before the signal.</param>
/// <param name="To">When the process was gone.</param>
/// <param name="Window">How long before <paramref name="From"/> a change may have been acknowledged and be missing, at write-behind: the promise and a margin for the machine.</param>
internal sealed record Crash(long From, long To, TimeSpan Window)
{
    /// <summary>What a flush may take beyond the promise on a machine of two busy cores.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(800);

    /// <summary>Whether this crash excuses that the set is missing.</summary>
    public bool Excuses(Operation set, Durability level)
    {
        if (set.Invoked > To) return false;
        if (set.Outcome != Outcome.Ok) return true;
        return level == Durability.WriteBehind && !set.IsDurable && Age(set) <= Window;
    }

    /// <summary>How long before the crash the set was acknowledged; zero for one acknowledged meanwhile.</summary>
    public TimeSpan Age(Operation set) => set.Completed >= From ? TimeSpan.Zero : Stopwatch.GetElapsedTime(set.Completed, From);
}
