using HybridSession.Resilience.Faults;
using HybridSession.Resilience.History;
using HybridSession.Resilience.Load;
using Npgsql;

namespace HybridSession.Resilience.Scenarios;

/// <summary>An outage that is longer than sessions may be idle, in virtual time.</summary>
public class LongOutageTests(ControlledServer server)
{
    private const int Steps = 50;
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(4);

    [Theory]
    [InlineData(Durability.WriteBehind)]
    [FaultRow("server-away-beyond-idle", "PostgreSQL is away for 200 minutes of virtual time; sessions may be idle for 20", "Sessions in use live on; nothing of them is pruned when it is back")]
    public async Task Sessions_in_use_outlive_an_outage_that_is_longer_than_their_idle_time(Durability level)
    {
        var clock = new JumpingClock();
        var plan = new ScenarioPlan
        {
            Level = level,
            Time = clock,
            Site = settings => settings with { Extra = new Dictionary<string, string> { ["HybridSession:SweepInterval"] = "1s" } },
            Crowd = new CrowdOptions { Readers = 8, Endings = 0, Spares = 0 },
            Rules = new CheckRules { SlowestRequest = TimeSpan.FromSeconds(5.5), Recovery = TimeSpan.FromSeconds(5) },
            After = TimeSpan.FromSeconds(2),
        };
        await using var scenario = await Scenario.StartAsync(server, plan);
        await scenario.LoadAsync(plan.Before);
        await scenario.StopLoadAsync();
        await scenario.WhenStoredAsync();

        await using var away = new ServerStopped(server.Postgres, immediate: false);
        await using (await AgeAsync(scenario.ConnectionString)) await scenario.BeginAsync(away);
        await scenario.LoadAsync(TimeSpan.Zero);
        // Hours pass only when the site has noticed: the failures of a moment must not lie hours apart.
        await Until.TrueAsync(() => scenario.Site.Log.Any(line => line.Contains(" CircuitOpened: ", StringComparison.Ordinal)), "The circuit opens", plan.Patience);
        await scenario.StopLoadAsync();
        for (var i = 0; i < Steps; i++)
        {
            // Everybody comes once in each step, which is shorter than a session may be idle.
            await scenario.Crowd.StepAllAsync();
            clock.Jump(Step);
        }

        await scenario.LoadAsync(plan.Before);
        await scenario.EndAsync(away);
        await scenario.LoadAsync(plan.After);
        await scenario.FinishAsync();
    }

    // The server's clock cannot be set: its rows are made as old as they will be. As a node that prunes has it, the connection holds the lock of those who prune:
    // while it lives, which is until the server stops, nobody else does.
    private static async Task<NpgsqlConnection> AgeAsync(string connectionString)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var age = new NpgsqlCommand("""
            select pg_advisory_lock(1213416787, 'session'::regclass::oid::int4);
            update session set session_expiry = session_expiry - @outage, session_created = session_created - @outage;
            """, connection) { Parameters = { new("outage", Step * Steps) } };
        await age.ExecuteNonQueryAsync();
        return connection;
    }
}
