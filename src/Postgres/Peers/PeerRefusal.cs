namespace HybridSession.Postgres.Peers;

/// <summary>Why a connection can carry no link between the nodes, and what somebody has to do about it. Pure.</summary>
internal sealed record PeerRefusal(string Observation, string Advice)
{
    private const string Setting = nameof(PostgresSessionOptions.ListenConnectionString);
    private const string Consequence = "so each request asks the database whether another node has changed its session";

    /// <summary>The observation and the advice, for a log.</summary>
    public string Text => $"{Observation} {Advice}";

    /// <summary>A pooler gives the connection to somebody else after each transaction, and what comes for this node to nobody.</summary>
    /// <param name="isOwn">The connection has a connection string of its own.</param>
    public static PeerRefusal Pooled(bool isOwn) => isOwn
        ? new($"{Setting} leads to a connection pooler, through which no node can hear the others, {Consequence}.", $"Set {Setting} to the server itself.")
        : new($"A connection pooler stands before PostgreSQL, through which no node can hear the others, {Consequence}.",
            $"Set {Setting} to the server itself, beside the connection string to the pooler; or Cluster:Enabled to false, where this process is the only one.");

    /// <summary>Null when both are the same.</summary>
    /// <param name="sessions">Where the sessions are.</param>
    /// <param name="link">Where the link leads to.</param>
    public static PeerRefusal? Elsewhere(DatabaseIdentity sessions, DatabaseIdentity link)
    {
        if (sessions == link) return null;
        var where = sessions.Database == link.Database ? "to another server than the one" : $"to database \"{link.Database}\", and not to \"{sessions.Database}\",";
        return new($"{Setting} leads {where} that holds the sessions, so no node can hear the others there.", $"Set {Setting} to the same database of the same server.");
    }
}
