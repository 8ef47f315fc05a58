using Npgsql;

namespace HybridSession.Postgres.Connecting;

/// <summary>What this store wants where the user said nothing.</summary>
internal static class ConnectionDefaults
{
    public const int ConnectSeconds = 5;
    public const int CommandSeconds = 10;

    // A server that swallows packets costs the command time-out plus this.
    public const int CancellationMilliseconds = 1_000;

    public const int HostRecheckSeconds = 1;

    public const string ApplicationName = "HybridSession";

    // Who sets one of these wants a pool.
    private static readonly string[] PoolKeywords =
        ["Pooling", "Minimum Pool Size", "Maximum Pool Size", "Connection Idle Lifetime", "Connection Pruning Interval", "Connection Lifetime"];

    public static void Apply(NpgsqlConnectionStringBuilder builder, HashSet<string> set)
    {
        Default("Timeout", () => builder.Timeout = ConnectSeconds);
        Default("Command Timeout", () => builder.CommandTimeout = CommandSeconds);
        Default("Cancellation Timeout", () => builder.CancellationTimeout = CancellationMilliseconds);
        Default("Application Name", () => builder.ApplicationName = ApplicationName);
        Default("Include Error Detail", () => builder.IncludeErrorDetail = false);
        Default("Max Auto Prepare", () => builder.MaxAutoPrepare = 0);
        Default("GSS Encryption Mode", () => builder.GssEncryptionMode = GssEncryptionMode.Disable);
        // The connections are long-lived and this store's own; what they are set to shall stay.
        Default("No Reset On Close", () => builder.NoResetOnClose = true);
        // The lanes are a pool already. In another one behind it, a connection that Npgsql cannot reset would be lost together with its place.
        if (!set.Overlaps(PoolKeywords)) builder.Pooling = false;
        // Room for the lanes and the start.
        Default("Maximum Pool Size", () => builder.MaxPoolSize = ConnectionLane.MaxWriters + ConnectionLane.MaxLoaders + ConnectionLane.MaxSenders + 1);
        if (builder.Host!.Contains(',', StringComparison.Ordinal))
        {
            // With standbys in the list, only the primary can store.
            Default("Target Session Attributes", () => builder.TargetSessionAttributes = "read-write");
            // What is known of a server is believed so long: a promoted standby is not asked before.
            Default("Host Recheck Seconds", () => builder.HostRecheckSeconds = HostRecheckSeconds);
        }

        void Default(string keyword, Action apply)
        {
            if (!set.Contains(keyword)) apply();
        }
    }
}
