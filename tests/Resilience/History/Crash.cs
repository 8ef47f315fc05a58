using System.Diagnostics;

namespace HybridSession.Resilience.History;

/// <summary>A site was killed: some of what it had acknowledged may be missing, by the promise of its level.</summary>
/// <param name="From">Just before the signal.</param>
/// <param name="To">When the process was gone.</param>
/// <param name="Window">How long before <paramref name="From"/> a change may have been acknowledged and be missing, at write-behind: the promise and a margin.</param>
internal sealed record Crash(long From, long To, TimeSpan Window)
{
    /// <summary>What a flush may take beyond the promise, on a machine of two busy cores.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// A crash of a site that promised <paramref name="maxDirtyAge"/>. The margin grows by what the slowest request took that waited for nothing:
    /// where the machine makes such a one wait, it makes a flush wait too.
    /// </summary>
    public static Crash Of(IReadOnlyList<Operation> operations, long from, long to, TimeSpan maxDirtyAge)
    {
        var hiccup = operations.Where(o => o is { Kind: OperationKind.Set, IsDurable: false, Outcome: Outcome.Ok } or { Kind: OperationKind.Read, Outcome: Outcome.Ok }).Select(o => o.Latency).DefaultIfEmpty().Max();
        return new Crash(from, to, maxDirtyAge + Margin + hiccup);
    }

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
