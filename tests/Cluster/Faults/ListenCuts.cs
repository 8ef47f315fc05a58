using HybridSession.Resilience.Faults;
using Npgsql;

namespace HybridSession.Cluster.Faults;

/// <summary>An administrator ends the connections on which nodes listen, every 150 ms.</summary>
/// <param name="connectionString">Of the database.</param>
/// <param name="atOnce">All of them each time, as a restart of the server would; otherwise one.</param>
internal sealed class ListenCuts(string connectionString, bool atOnce) : RepeatedFault
{
    // Begins as the product's own, so that connections which stay behind are found.
    private const string Application = "HybridSession listens";
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(150);

    /// <summary>The same way, under a name by which these connections are found.</summary>
    public static string Marked(string direct) => new NpgsqlConnectionStringBuilder(direct) { ApplicationName = Application }.ConnectionString;

    protected override async Task RepeatAsync(CancellationToken stop)
    {
        await using var connection = await Sql.OpenAsync(connectionString);
        await using var command = new NpgsqlCommand(
            $"""
            select count(pg_terminate_backend(pid)) from (
                select pid from pg_stat_activity where datname = current_database() and application_name = '{Application}' order by random() limit {(atOnce ? "all" : "1")}
            ) as listening
            """,
            connection);
        while (await PauseAsync(Interval, stop))
            if (await command.ExecuteScalarAsync(stop) is > 0L) Count();
    }
}
