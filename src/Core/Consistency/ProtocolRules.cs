namespace HybridSession.Consistency;

/// <summary>
/// Rules of the protocol between nodes that stand inside the engine and that only a test switches off, to see that the simulation notices. All are on.
/// </summary>
internal sealed class ProtocolRules
{
    /// <summary>Whatever happens to a session while it is being read makes that run again.</summary>
    public bool LoadsAreInvalidated { get; set; } = true;

    /// <summary>A changed session is found whatever has left the hot set.</summary>
    public bool ChangedSessionsArePinned { get; set; } = true;

    /// <summary>What a merge makes of two contents gets a version of its own.</summary>
    public bool MergesGetTheirOwnVersion { get; set; } = true;

    /// <summary>A row that is read while a flush is under way does not move what that flush started from.</summary>
    public bool ReadsLeaveTheBaseOfAFlush { get; set; } = true;

    /// <summary>Who waits for a change waits for a flush that contains it.</summary>
    public bool WaitersWaitForTheirChange { get; set; } = true;

    /// <summary>A stamp is satisfied by the change that it names, not by any other of as high a version.</summary>
    public bool StampsNameTheirNode { get; set; } = true;

    /// <summary>A change that was not found is answered by an empty one above it.</summary>
    public bool LostChangesAreSurpassed { get; set; } = true;

    /// <summary>A node that is asked for a row older than its copy writes it back.</summary>
    public bool NewerCopiesAreWrittenBack { get; set; } = true;
}
