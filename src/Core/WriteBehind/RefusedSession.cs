using HybridSession.Hot;

namespace HybridSession.WriteBehind;

/// <summary>One session in the <see cref="MemoryQuarantine"/>, which guards every member.</summary>
internal sealed class RefusedSession(LiveSession session, long sinceMs)
{
    public LiveSession Session { get; } = session;

    /// <summary>When the store first refused it.</summary>
    public long SinceMs { get; } = sinceMs;

    /// <summary>What the store refused last.</summary>
    public SessionWrite Write { get; set; }

    public long ExpiresAtMs { get; set; }

    public string Reason { get; set; } = "";

    public int Bytes { get; set; }

    /// <summary>What was refused last is in the store, as a dead letter.</summary>
    public bool IsLetterStored { get; set; }

    /// <summary>Its letter was replayed or discarded by somebody else: the session is written anew before there is another.</summary>
    public bool IsLetterTaken { get; set; }

    /// <summary>The newest letter that the store may hold and that holds nothing but this session's content on this node. To be released when that is stored.</summary>
    public DeadLetterVersion? OwnLetter { get; set; }

    /// <summary>The letter that the store is known to hold.</summary>
    public DeadLetterVersion? KnownLetter { get; set; }

    /// <summary>That letter itself, when it holds content of another node or of an earlier run too: the next one must hold it as well.</summary>
    public DeadLetter? SharedLetter { get; set; }

    /// <summary>The pass of the <see cref="Quarantine.DeadLetterWriter"/> that took the letter last.</summary>
    public int Pass { get; set; }

    /// <summary>What was refused last, as a letter.</summary>
    public DeadLetter ToLetter(long nowMs) => new(
        Write.Key, Write.Payload, Write.Version, Write.BaseVersion, TimeSpan.FromMilliseconds(ExpiresAtMs - nowMs), Reason, TimeSpan.FromMilliseconds(nowMs - SinceMs));
}

/// <summary>A letter to write.</summary>
/// <param name="Letter">What was refused last.</param>
/// <param name="Known">The letter that the store is known to hold.</param>
/// <param name="Shared">That letter itself, when it holds more than this node's content.</param>
internal readonly record struct PendingLetter(DeadLetter Letter, DeadLetterVersion? Known, DeadLetter? Shared);
