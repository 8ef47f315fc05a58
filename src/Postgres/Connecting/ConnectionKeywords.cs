using HybridSession.Configuration;

namespace HybridSession.Postgres.Connecting;

/// <summary>The connection parameters that are known, under their Npgsql names and the names of libpq.</summary>
internal static class ConnectionKeywords
{
    /// <summary>The keywords of Npgsql, as its documentation writes them. A test compares the list with Npgsql.</summary>
    public static readonly string[] All =
    [
        "Host", "Port", "Database", "Username", "Password", "Passfile", "Application Name", "Enlist", "Search Path", "Client Encoding", "Encoding", "Timezone",
        "SSL Mode", "SSL Negotiation", "SSL Certificate", "SSL Key", "SSL Password", "Root Certificate", "Check Certificate Revocation", "Channel Binding", "Require Auth",
        "GSS Encryption Mode", "Kerberos Service Name", "Include Realm", "Persist Security Info", "Log Parameters", "Include Error Detail", "Include Failed Batched Command",
        "Pooling", "Minimum Pool Size", "Maximum Pool Size", "Connection Idle Lifetime", "Connection Pruning Interval", "Connection Lifetime",
        "Timeout", "Command Timeout", "Cancellation Timeout", "Keepalive", "TCP Keepalive", "TCP Keepalive Time", "TCP Keepalive Interval",
        "Target Session Attributes", "Load Balance Hosts", "Host Recheck Seconds", "Read Buffer Size", "Write Buffer Size", "Socket Receive Buffer Size", "Socket Send Buffer Size",
        "Max Auto Prepare", "Auto Prepare Min Usages", "No Reset On Close", "Options", "Array Nullability Mode", "Multiplexing", "Write Coalescing Buffer Threshold Bytes",
        "Load Table Composites", "Server Compatibility Mode", "Trust Server Certificate",
    ];

    /// <summary>Other names of the same: those of libpq in URIs, and the short forms that Npgsql takes.</summary>
    private static readonly Dictionary<string, string> Aliases = new()
    {
        ["user"] = "Username",
        ["userid"] = "Username",
        ["uid"] = "Username",
        ["dbname"] = "Database",
        ["db"] = "Database",
        ["server"] = "Host",
        ["pwd"] = "Password",
        ["psw"] = "Password",
        ["sslcert"] = "SSL Certificate",
        ["sslrootcert"] = "Root Certificate",
        ["connecttimeout"] = "Timeout",
        ["targetsessionattrs"] = "Target Session Attributes",
        ["gssencmode"] = "GSS Encryption Mode",
        ["krbsrvname"] = "Kerberos Service Name",
        ["minpoolsize"] = "Minimum Pool Size",
        ["maxpoolsize"] = "Maximum Pool Size",
        ["internalcommandtimeout"] = "Command Timeout",
    };

    private static readonly Dictionary<string, string> ByNormalized = All.ToDictionary(NearestName.Normalize);

    /// <summary>The names of libpq, for advice on URIs.</summary>
    public static readonly string[] UriParameters =
        ["sslmode", "connect_timeout", "application_name", "options", "target_session_attrs", "sslrootcert", "sslcert", "sslkey", "sslpassword", "channel_binding", "passfile", "client_encoding", "gssencmode"];

    /// <summary>The Npgsql keyword for a name in any of the notations; null when there is none.</summary>
    public static string? Find(string name)
    {
        var normalized = NearestName.Normalize(name);
        return ByNormalized.GetValueOrDefault(normalized) ?? Aliases.GetValueOrDefault(normalized);
    }
}
