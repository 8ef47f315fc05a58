using System.Diagnostics;

namespace HybridSession.WriteBehind;

internal sealed partial class SessionShard
{
    /// <summary>Throws when the shard's state contradicts itself. For tests: between any two steps it must hold.</summary>
    /// <param name="shard">Which one this is.</param>
    public void CheckInvariants(int shard)
    {
        lock (_lock)
        {
            _dirty.CheckInvariants();
            foreach (var session in quarantine.Sessions().Where(session => shard == session.Key.ShardOf(options.Flushers)))
                Invariant.Require(session is { IsRefused: true, IsStored: true, IsEnded: false }, "A session in quarantine was refused and is not over.");
        }
    }
}

internal static class Invariant
{
    public static void Require(bool holds, string sentence)
    {
        if (!holds) throw new UnreachableException(sentence);
    }
}
