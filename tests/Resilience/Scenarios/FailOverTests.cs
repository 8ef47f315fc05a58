using HybridSession.LocalPostgres;
using HybridSession.Resilience.History;
using HybridSession.Resilience.Load;
using Npgsql;
using Xunit;

namespace HybridSession.Resilience.Scenarios;

/// <summary>PostgreSQL fails, and a standby takes its place. The site knows both by its connection string.</summary>
public class FailOverTests(ControlledServer shared)
{
    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("failover-synchronous", "PostgreSQL is killed, its synchronous standby is promoted; the old primary comes back as a standby", "The site finds the new primary by itself and leaves the old one alone; nothing acknowledged is lost")]
    public async Task A_promoted_synchronous_standby_has_everything(Durability level)
    {
        var plan = Promises.Plan(level) with { QuickLevel = Durability.Durable };
        plan.SkipUnlessDue();
        await using var pair = await Pair.StartAsync(shared, synchronous: true);
        await using var scenario = await Scenario.StartAsync(shared, plan with { Database = pair.Database });
        await scenario.LoadAsync(Length.Seconds(0.5, 10));

        await pair.Primary.KillAsync(TestContext.Current.CancellationToken);
        await scenario.LoadAsync(Length.Seconds(0.2, 5));
        await pair.Standby.PromoteAsync(TestContext.Current.CancellationToken);
        await scenario.RecoverAsync();

        await pair.Primary.StartAgainAsStandbyAsync(pair.Standby, TestContext.Current.CancellationToken);
        await scenario.LoadAsync(Length.Seconds(0.5, 20));
        await scenario.FinishAsync();
    }

    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("failover-asynchronous", "PostgreSQL is killed, and a standby that lags behind is promoted", "Of a session that is changed again, the node writes its newer copy back. Undone is what the standby never had of sessions that nobody uses again; with it sign-ins and sign-outs (none here)")]
    public async Task A_promoted_standby_that_lagged_gets_newer_copies_back(Durability level)
    {
        var plan = Promises.Plan(level) with { LongOnly = true, Crowd = new CrowdOptions { Endings = 0 } };
        plan.SkipUnlessDue();
        await using var pair = await Pair.StartAsync(shared, synchronous: false);
        await using var scenario = await Scenario.StartAsync(shared, plan with { Database = pair.Database });
        await scenario.LoadAsync(Length.Seconds(0.5, 10));

        // From here on the standby hears nothing.
        await pair.Standby.ConfigureAsync("primary_conninfo", "", TestContext.Current.CancellationToken);
        var lag = await pair.CountWritesAsync(() => scenario.LoadAsync(Length.Seconds(0.5, 5)));
        await pair.Primary.KillAsync(TestContext.Current.CancellationToken);
        await pair.Standby.PromoteAsync(TestContext.Current.CancellationToken);
        await scenario.RecoverAsync();
        Assert.True(lag > 0, "The standby missed nothing: nothing was proved.");

        await scenario.LoadAsync(Length.Seconds(1, 20));
        await scenario.FinishAsync();
    }

    /// <summary>A primary and a standby of its own.</summary>
    private sealed class Pair(LocalPostgresServer primary, LocalPostgresServer standby) : IAsyncDisposable
    {
        public LocalPostgresServer Primary => primary;

        public LocalPostgresServer Standby => standby;

        public static async Task<Pair> StartAsync(ControlledServer shared, bool synchronous)
        {
            await shared.NeedsAsync(s => s is { CanReplicate: true, CanKill: true }, "standbys");
            var primary = await LocalPostgresServer.StartAsync(new LocalPostgresOptions { Control = true, Settings = ["recovery_init_sync_method = syncfs"] }, null, TestContext.Current.CancellationToken);
            try
            {
                return new Pair(primary, await primary.StartStandbyAsync(synchronous, TestContext.Current.CancellationToken));
            }
            catch
            {
                await primary.DisposeAsync();
                throw;
            }
        }

        /// <summary>Leads to whichever of the two takes writes.</summary>
        public Task<string> Database()
        {
            var first = new NpgsqlConnectionStringBuilder(primary.ConnectionString);
            var second = new NpgsqlConnectionStringBuilder(standby.ConnectionString);
            return Task.FromResult(new NpgsqlConnectionStringBuilder(primary.ConnectionString) { Host = $"{first.Host}:{first.Port},{second.Host}:{second.Port}" }.ConnectionString);
        }

        /// <summary>How many rows the primary changed meanwhile.</summary>
        public async Task<long> CountWritesAsync(Func<Task> work)
        {
            var audit = new AuditTrail(primary.ConnectionString);
            var before = await audit.CountAsync();
            await work();
            return await audit.CountAsync() - before;
        }

        public async ValueTask DisposeAsync()
        {
            await standby.DisposeAsync();
            await primary.DisposeAsync();
        }
    }
}
