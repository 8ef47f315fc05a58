using Microsoft.Extensions.Logging;

namespace HybridSession.Postgres;

/// <summary>The log messages of this assembly. Ids and names are a contract: 2000 to 2099. No keys, no payloads, no passwords.</summary>
internal static partial class Log
{
    [LoggerMessage(2000, LogLevel.Information, "Sessions are stored in {Table} of database {Database} on {Server} (PostgreSQL {Version}).", EventName = "Ready")]
    public static partial void Ready(ILogger logger, string table, string database, string server, string version);

    [LoggerMessage(2001, LogLevel.Warning, "PostgreSQL cannot be used yet, attempt {Attempt}: {Reason} The next attempt is in {Seconds:F2} s.", EventName = "StartRetried")]
    public static partial void StartRetried(ILogger logger, int attempt, string reason, double seconds);

    [LoggerMessage(2002, LogLevel.Information, "Migration {Number:0000} ({Name}) was applied to schema {Schema}.", EventName = "MigrationApplied")]
    public static partial void MigrationApplied(ILogger logger, int number, string name, string schema);

    [LoggerMessage(2003, LogLevel.Warning, "The hand-made table {Table} was upgraded in place. Its {Rows} old rows open no session here; they stay until they expire and are then pruned.", EventName = "OriginTableUpgraded")]
    public static partial void OriginTableUpgraded(ILogger logger, string table, long rows);

    [LoggerMessage(2004, LogLevel.Warning, "Schema {Schema} is at migration {Found:0000}, this version knows {Known:0000}. The newer ones are marked as compatible; update this node soon.", EventName = "SchemaNewer")]
    public static partial void SchemaNewer(ILogger logger, string schema, int found, int known);

    [LoggerMessage(2005, LogLevel.Information, "A connection pooler stands before PostgreSQL: statements are not prepared, and each transaction carries its own settings.", EventName = "PoolerFound")]
    public static partial void PoolerFound(ILogger logger);

    [LoggerMessage(2006, LogLevel.Warning, "The server takes no writes any more (a fail-over, most likely); all connections are opened anew.", EventName = "WrongServer")]
    public static partial void WrongServer(ILogger logger);

    [LoggerMessage(2007, LogLevel.Debug, "{Count} expired sessions were pruned.", EventName = "Pruned")]
    public static partial void Pruned(ILogger logger, long count);

    [LoggerMessage(2008, LogLevel.Information, "The table changed under the prepared statements; all connections are opened anew.", EventName = "StatementsStale")]
    public static partial void StatementsStale(ILogger logger);

    [LoggerMessage(2009, LogLevel.Information, "A connection to PostgreSQL was lost; the idle ones are closed, and opened anew when they are needed.", EventName = "ConnectionLost")]
    public static partial void ConnectionLost(ILogger logger);

    [LoggerMessage(2010, LogLevel.Warning, "The connection that held the locks of {Count} sessions has ended, and the locks with it: {Reason} Requests that had them go on; another node may run one of the same session beside them.", EventName = "LocksLost")]
    public static partial void LocksLost(ILogger logger, int count, string reason);
}
