namespace HybridSession.Resilience.Faults.Proxy;

/// <summary>Where in the life of a connection it may be cut. "Before" means that the message does not reach the server any more.</summary>
internal enum CutStage
{
    /// <summary>As soon as it is made.</summary>
    Connect,

    /// <summary>Before the server learns who comes.</summary>
    Startup,

    /// <summary>Before its first statement.</summary>
    FirstStatement,

    /// <summary>Before <c>begin</c>.</summary>
    Begin,

    /// <summary>Before the COPY command.</summary>
    Copy,

    /// <summary>Before a message with rows of a COPY.</summary>
    CopyData,

    /// <summary>Before the end of a COPY.</summary>
    CopyDone,

    /// <summary>Before the statement that merges what was copied.</summary>
    Merge,

    /// <summary>Before a statement that changes sessions without COPY.</summary>
    Write,

    /// <summary>Before what makes the change lasting: COMMIT, or the end of an implicit transaction.</summary>
    Commit,

    /// <summary>Right after that was sent: the server takes it, and nobody hears its answer.</summary>
    CommitSent,

    /// <summary>When the server has answered it, and before the answer passes.</summary>
    CommitAnswered,

    /// <summary>In the middle of that answer.</summary>
    CommitAnswer,
}

/// <summary>One cut: at the n-th time that any connection comes to the stage.</summary>
internal sealed record Cut(CutStage Stage, int Nth = 1);
