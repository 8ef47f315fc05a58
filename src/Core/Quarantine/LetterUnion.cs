using HybridSession.Payload;

namespace HybridSession.Quarantine;

/// <summary>
/// There is one letter a session, and another node, or an earlier run of this one, may have put it: what was refused here is united with it, so that neither is lost. Pure.
/// </summary>
internal static class LetterUnion
{
    /// <summary>The letter that takes the place of the one in the store; null when that cannot be read and must stay.</summary>
    /// <param name="ours">What was to be put; it was refused later.</param>
    /// <param name="inPlace">What is in the store.</param>
    /// <param name="node">Who unites.</param>
    /// <param name="isShared">The result holds content of the other that ours does not have.</param>
    public static DeadLetterWrite? Of(DeadLetter ours, DeadLetter inPlace, NodeId node, out bool isShared)
    {
        isShared = false;
        if (!PackedSession.TryRead(inPlace.Payload, out var theirs, out _)) return null;

        var session = new PackedSession(ours.Payload);
        // What is brought in stays a change that the row does not have: above the base of the union.
        var baseVersion = Math.Max(ours.BaseVersion, inPlace.BaseVersion);
        var version = Math.Max(Math.Max(ours.Version, inPlace.Version), Math.Max(session.Version, baseVersion)) + 1;
        var both = session.Replay(theirs, inPlace.BaseVersion, version, node, liftAbove: baseVersion);
        isShared = !ReferenceEquals(both.Bytes, ours.Payload);
        if (!isShared && ours.Version > inPlace.Version) return new DeadLetterWrite(ours, inPlace.ToVersion());

        if (!isShared) both = session.WithTip(version, node);
        var union = ours with { Payload = both.Bytes, Version = version, BaseVersion = baseVersion };
        return new DeadLetterWrite(union, inPlace.ToVersion());
    }
}
