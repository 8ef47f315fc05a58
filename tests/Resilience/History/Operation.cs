using System.Diagnostics;

namespace HybridSession.Resilience.History;

internal enum OperationKind
{
    /// <summary>Sets a register to the client's next number.</summary>
    Set,

    /// <summary>Reads all registers of the session.</summary>
    Read,

    /// <summary>Ends the session.</summary>
    Logout,

    /// <summary>Replaces the session's token.</summary>
    Regenerate,

    /// <summary>Reads with a token that should open nothing any more.</summary>
    Probe,
}

internal enum Outcome
{
    /// <summary>Acknowledged.</summary>
    Ok,

    /// <summary>Answered, and not with success. What was asked may have been done all the same.</summary>
    Failed,

    /// <summary>Not answered: a time-out, a cut connection.</summary>
    Unknown,
}

/// <summary>One request as its client saw it. Time stamps are <see cref="Stopwatch"/>'s.</summary>
internal sealed record Operation
{
    public required int Client { get; init; }

    /// <summary>The logical session; it keeps its number when its token is replaced.</summary>
    public required int Session { get; init; }

    public required OperationKind Kind { get; init; }

    /// <summary>Of a set.</summary>
    public string Register { get; init; } = "";

    /// <summary>Of a set; each register's numbers rise.</summary>
    public long Value { get; init; }

    /// <summary>The acknowledgement of this set means that the row was committed, at any level: a new session, an explicit commit.</summary>
    public bool IsDurable { get; init; }

    /// <summary>Which token of the session was sent; each regeneration makes the next. 0: none, the session begins with this.</summary>
    public int Generation { get; init; }

    /// <summary>What a successful read saw.</summary>
    public IReadOnlyDictionary<string, long>? Seen { get; init; }

    public required long Invoked { get; init; }

    public required long Completed { get; init; }

    public required Outcome Outcome { get; init; }

    /// <summary>The HTTP status; 0 without an answer.</summary>
    public int Status { get; init; }

    /// <summary>Where the site says that it found the session; empty without an answer.</summary>
    public string Origin { get; init; } = "";

    /// <summary>Which node answered, as the balancer names it; empty without one.</summary>
    public string Node { get; init; } = "";

    public TimeSpan Latency => Stopwatch.GetElapsedTime(Invoked, Completed);

    public override string ToString() =>
        $"client {Client} session {Session}.{Generation} {Kind}{(Kind == OperationKind.Set ? $" {Register}={Value}" : "")} -> {Outcome} {Status}{(Node.Length > 0 ? $" by {Node}" : "")} in {Latency.TotalMilliseconds:0} ms";
}
