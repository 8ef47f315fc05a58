using HybridSession.Resilience.Faults;
using HybridSession.Resilience.Faults.Database;
using HybridSession.Resilience.Faults.Server;
using HybridSession.Resilience.History;
using HybridSession.Resilience.Load;
using Xunit;

namespace HybridSession.Resilience.Scenarios;

/// <summary>PostgreSQL runs and refuses, or others are in the way.</summary>
public class DatabaseFaultTests(ControlledServer server)
{
    // Of about ten.
    private const int FewestStored = 5;

    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("disk-full-data", "No space is left for the table (53100)", Promises.NothingLost)]
    public async Task A_full_disk_loses_nothing(Durability level)
    {
        await server.NeedsAsync(s => s.CanLimitFiles, "limiting the size of its files");
        await Scenario.RunAsync(server, Promises.Plan(level) with { QuickLevel = Durability.WriteBehind, Rounds = 1, Shows = "53100" }, s => new DataDiskFull(server.Postgres, s.ConnectionString));
    }

    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("disk-full-log", "No space is left for PostgreSQL's own log: it panics and stays down until there is room", Promises.NothingLost)]
    public async Task A_full_disk_of_the_log_loses_nothing(Durability level)
    {
        await server.NeedsAsync(s => s.CanLimitFiles && s.CanKill, "limiting the size of its files");
        await Scenario.RunAsync(server, Promises.Plan(level) with { QuickLevel = Durability.Durable }, s => new LogDiskFull(server.Postgres, s.ConnectionString));
    }

    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("connections-taken", "Others take all connections, those of the site included (53300)", Promises.NothingLost)]
    public Task A_site_without_a_connection_loses_nothing(Durability level)
    {
        var role = new SiteRole();
        return RunAsync(Promises.Plan(level) with { QuickLevel = Durability.Durable, Site = role.Enter, Shows = "53300" }, cs => new ConnectionHog(cs, role));
    }

    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("deadlocks", "Another application locks the rows in the other order; the flush is given up (40P01)", Promises.NothingLost)]
    public Task Deadlocks_lose_nothing(Durability level) => RunAsync(
        // A flush of a single row cannot be part of a deadlock: many who change their sessions at the same time.
        Promises.Plan(level) with { QuickLevel = Durability.Durable, During = Length.Seconds(1, 10), Crowd = new CrowdOptions { Alone = 40, Rate = null } }, cs => new Deadlocks(server.Postgres, cs));

    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("row-locked", "Another transaction holds the row of a busy session", "The other sessions are stored meanwhile; nothing acknowledged is lost")]
    public Task A_locked_row_does_not_hold_up_the_others(Durability level) => RunWithProgressAsync(
        Promises.Plan(level) with { QuickLevel = Durability.WriteBehind, During = Length.Seconds(2, 15) }, ForeignLock.OfRow);

    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("statement-timeout", "Each row takes so long that a batch is not done within StatementTimeout (57014)", "Smaller batches get through meanwhile; nothing acknowledged is lost")]
    public Task Batches_that_take_too_long_are_made_smaller(Durability level) => RunWithProgressAsync(
        Promises.Plan(level) with
        {
            QuickLevel = Durability.WriteBehind,
            During = Length.Seconds(2, 5),
            Shows = "57014",
            Site = s => s with { Extra = new Dictionary<string, string> { ["HybridSession:Postgres:StatementTimeout"] = "00:00:00.200" } },
        },
        cs => StatementFault.SlowRows(cs, TimeSpan.FromMilliseconds(100)));

    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("connections-terminated", "An administrator ends all connections of the site every 100 ms", Promises.NothingLost)]
    public Task Connections_ended_again_and_again_lose_nothing(Durability level) => RunAsync(
        Promises.Plan(level) with { QuickLevel = Durability.Durable }, cs => new BackendTerminator(cs));

    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("table-locked", "The table is locked by DDL for 20 s", Promises.NothingLost)]
    public Task A_locked_table_loses_nothing(Durability level) => RunAsync(
        Promises.Plan(level) with { QuickLevel = Durability.Durable, During = Length.Seconds(1.5, 20), Rounds = Length.Of(1, 2) }, ForeignLock.OfTable);

    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("table-renamed", "The table is renamed, and renamed back", Promises.NothingDiscarded)]
    public Task A_renamed_table_is_waited_for(Durability level) => RunAsync(Promises.Plan(level) with { QuickLevel = Durability.WriteBehind, Shows = "42P01" }, StatementFault.TableRenamed);

    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("table-replaced", "The table is dropped, and restored from a copy taken just before", Promises.NothingDiscarded)]
    public Task A_restored_table_is_used_again(Durability level) => RunAsync(Promises.Plan(level) with { QuickLevel = Durability.Durable, Rounds = 1, Shows = "42P01" }, StatementFault.TableReplaced);

    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("privileges-revoked", "The site's role loses its privileges on the table, and gets them back", Promises.NothingDiscarded)]
    public Task Lost_privileges_are_waited_for(Durability level)
    {
        var role = new SiteRole();
        return RunAsync(Promises.Plan(level) with { QuickLevel = Durability.Durable, Site = role.Enter, Shows = "42501" }, cs => StatementFault.PrivilegesRevoked(cs, role));
    }

    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("password-changed", "The password of the site's role is changed and its connections ended; then it is set back", Promises.NothingDiscarded)]
    public Task A_changed_password_is_waited_for(Durability level)
    {
        var role = new SiteRole();
        return RunAsync(Promises.Plan(level) with { QuickLevel = Durability.WriteBehind, Site = role.Enter, Shows = "28P01" }, cs => StatementFault.PasswordChanged(cs, role));
    }

    // As Scenario.RunAsync, and sees to it that sessions are stored while the fault lasts.
    private async Task RunWithProgressAsync(ScenarioPlan plan, Func<string, IFault> create)
    {
        await using var scenario = await Scenario.StartAsync(server, plan);
        await using var fault = create(scenario.ConnectionString);
        for (var round = 0; round < plan.Rounds; round++)
        {
            await scenario.LoadAsync(plan.Before);
            await scenario.BeginAsync(fault);
            var before = await scenario.Audit.CountAsync();
            await scenario.LoadAsync(plan.During);
            var sessions = await scenario.Audit.ScalarAsync<long>($"select count(distinct session_key) from audit where id > {before}");
            await scenario.EndAsync(fault);
            Assert.True(sessions >= FewestStored, $"Only {sessions} sessions were stored within {plan.During.TotalSeconds} s of the fault.");
            await scenario.LoadAsync(plan.After);
        }

        await scenario.FinishAsync();
    }

    private Task RunAsync(ScenarioPlan plan, Func<string, IFault> fault) => Scenario.RunAsync(server, plan, s => fault(s.ConnectionString));
}
