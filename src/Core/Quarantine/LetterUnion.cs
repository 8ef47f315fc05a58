using HybridSession.Payload;

namespace HybridSession.Quarantine;

/// <summary>
/// Two nodes may have refused content of one session, and there is one letter a session: what a put met under its key is united with it. Pure.
/// </summary>
internal static class LetterUnion
{
    /// <summary>Decides what to put next, so that the letter in the store holds both contents.</summary>
    /// <param name="put">What was put.</param>
    /// <param name="met">What was there: replaced when its version is lower, else still in place.</param>
    /// <param name="node">Who unites.</param>
    /// <param name="next">The letter to put, or null when the one in place holds both.</param>
    /// <returns>False when the other letter cannot be read and must not be overwritten.</returns>
    public static bool TryUnite(DeadLetter put, DeadLetter met, NodeId node, out DeadLetter? next)
    {
        next = null;
        var isReplaced = met.Version < put.Version;
        if (!PackedSession.TryRead(met.Payload, out var theirs, out _)) return isReplaced;

        var ours = new PackedSession(put.Payload);
        var both = PackedSession.Merge(ours, theirs);
        if (both.Bytes.AsSpan().SequenceEqual(isReplaced ? put.Payload : met.Payload)) return true;

        var version = Math.Max(Math.Max(put.Version, met.Version), both.Version) + 1;
        next = put with { Payload = both.WithTip(version, node).Bytes, Version = version };
        return true;
    }
}
