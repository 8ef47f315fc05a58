namespace HybridSession.Postgres.Peers;

/// <summary>Why a connection can carry no link between the nodes, and what somebody has to do about it. Pure.</summary>
/// <param name="Cause">What is wrong, as the beginning of a sentence.</param>
/// <param name="Effect">What that means for the link, as its end.</param>
/// <param name="Advice">What to do.</param>
internal sealed record PeerRefusal(string Cause, string Effect, string Advice)
{
    private const string Setting = nameof(PostgresSessionOptions.ListenConnectionString);
    private const string Deaf = "through which no node can hear the others, so each request asks the database whether another node has changed its session";

    /// <summary>The cause and its effect.</summary>
    public string Observation => $"{Cause}, {Effect}.";

    /// <summary>The observation and the advice, for a log.</summary>
    public string Text => $"{Observation} {Advice}";

    /// <summary>A pooler gives the connection to somebody else after each transaction, and what comes for this node to nobody.</summary>
    /// <param name="isOwn">The connection has a connection string of its own.</param>
    public static PeerRefusal Pooled(bool isOwn) => isOwn
        ? new($"{Setting} leads to a connection pooler", Deaf, $"Set {Setting} to the server itself.")
        : new("A connection pooler stands before PostgreSQL", Deaf,
            $"Set {Setting} to the server itself, beside the connection string to the pooler; or Cluster:Enabled to false, where this process is the only one.");

    /// <summary>Null when both are the same.</summary>
    /// <param name="sessions">Where the sessions are.</param>
    /// <param name="link">Where the link leads to.</param>
    public static PeerRefusal? Elsewhere(DatabaseIdentity sessions, DatabaseIdentity link)
    {
        if (sessions == link) return null;
        var where = sessions.Database == link.Database ? "to another server than the one" : $"to database \"{link.Database}\", and not to \"{sessions.Database}\",";
        return new($"{Setting} leads {where} that holds the sessions", "so no node can hear the others there", $"Set {Setting} to the same database of the same server.");
    }
}
