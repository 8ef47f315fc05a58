namespace HybridSession.Simulation.World;

/// <summary>What must always hold, in the words of the architecture; each is checked by name.</summary>
internal static class Sentence
{
    public const string StoredVersions = "3. A stored version never goes down and never names two contents.";
    public const string NothingDropped = "4. Every acknowledged change is stored, merged, superseded, removed, or reported lost; never dropped silently.";
    public const string NeverBack = "7. A removed session never comes back; a removed entry never comes back by a merge.";
    public const string StampCovers = "8. What the cookie's last stamp covers, the next request sees, on every node; after a crash the loss is reported.";
    public const string LossIsBounded = "8. After a crash at WriteBehind the loss is at most MaxDirtyAge of changes.";
    public const string ReportedWithoutLoss = "8. Without a crash, and with nothing late, no change is reported lost.";
    public const string DurableIsStored = "9. At Durable, a response whose headers left is in the database.";
    public const string Converges = "10. All replicas of a session converge once the nodes can reach the database and each other.";
    public const string ComesToRest = "10. The nodes come to rest: what is stored is not stored again and again.";
    public const string NoClockNeeded = "A request whose stamp names a node that is alive needs no time to pass.";
    public const string TokenAfterCommit = "A token leaves the server only after its row is committed.";
    public const string EngineInvariants = "The state of an engine does not contradict itself.";
}

/// <summary>A sentence does not hold.</summary>
internal sealed class ViolationException(string sentence, string what) : Exception($"{sentence} But: {what}")
{
    public string Sentence { get; } = sentence;
}
