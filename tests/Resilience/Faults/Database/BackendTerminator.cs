namespace HybridSession.Resilience.Faults.Database;

/// <summary>An administrator ends all connections of the site every 100 ms.</summary>
internal sealed class BackendTerminator(string connectionString) : RepeatedFault
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    protected override async Task RepeatAsync(CancellationToken stop)
    {
        await using var connection = await Sql.OpenAsync(connectionString);
        await using var command = new Npgsql.NpgsqlCommand($"select count(pg_terminate_backend(pid)) {Sql.SiteBackends}", connection);
        while (await PauseAsync(Interval, stop))
            if (await command.ExecuteScalarAsync(stop) is > 0L) Count();
    }
}
