using System.Diagnostics;

namespace HybridSession.WriteBehind;

internal sealed partial class SessionShard
{
    /// <summary>Throws when the shard's state contradicts itself. For tests: between any two steps it must hold.</summary>
    public void CheckInvariants()
    {
        lock (_lock) _dirty.CheckInvariants();
    }
}

internal static class Invariant
{
    public static void Require(bool holds, string sentence)
    {
        if (!holds) throw new UnreachableException(sentence);
    }
}
