namespace HybridSession.LocalPostgres;

/// <summary>Which ways are tried, and in which order. Pure: all facts are arguments.</summary>
public static class WayOrder
{
    /// <summary>The ways to try, first to last.</summary>
    /// <param name="options">What the caller wants.</param>
    /// <param name="given">Whether the environment names a server.</param>
    public static IReadOnlyList<PostgresWay> For(LocalPostgresOptions options, bool given)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Only is { } only) return [only];

        // Somebody who names a server means that server: no other is a substitute. It is not ours to stop, though.
        if (given && !options.Control) return [PostgresWay.Given];
        return options.PreferDocker
            ? [PostgresWay.Docker, PostgresWay.Binaries, PostgresWay.Npm]
            : [PostgresWay.Binaries, PostgresWay.Npm, PostgresWay.Docker];
    }
}
