using HybridSession.Resilience.Faults;
using HybridSession.Resilience.Faults.Server;
using HybridSession.Resilience.History;
using Xunit;

namespace HybridSession.Resilience.Scenarios;

/// <summary>PostgreSQL's processes are killed, stopped and frozen.</summary>
public class ServerFaultTests(ControlledServer server)
{
    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("backend-killed", "kill -9 of the process behind one connection: all connections end, PostgreSQL recovers", Promises.NothingLost)]
    public Task A_killed_backend_loses_nothing(Durability level) => RunAsync(
        Promises.Plan(level) with { QuickLevel = Durability.Durable, During = TimeSpan.Zero }, s => new BackendKilled(server.Postgres, s.ConnectionString));

    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("server-killed", "kill -9 of PostgreSQL's first process, started again later", Promises.NothingLost)]
    public Task A_killed_server_loses_nothing(Durability level) => RunAsync(Promises.Plan(level) with { QuickLevel = Durability.Durable }, _ => new ServerKilled(server.Postgres));

    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("server-stopped", "PostgreSQL is stopped in good order (fast) and started again", Promises.NothingLost)]
    public Task A_server_stopped_in_good_order_loses_nothing(Durability level) => RunAsync(Promises.Plan(level) with { QuickLevel = Durability.WriteBehind }, _ => new ServerStopped(server.Postgres, immediate: false));

    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("server-paused", "All processes of PostgreSQL stand still for 20 s (SIGSTOP); connections stay open", "Attempts time out; no request is slower than IOTimeout; nothing acknowledged is lost")]
    public Task A_frozen_server_holds_no_request_longer_than_IOTimeout(Durability level) => RunAsync(
        Promises.Plan(level) with { QuickLevel = Durability.Durable, During = Length.Seconds(3, 20), Rounds = Length.Of(1, 2) }, _ => new ServerPaused(server.Postgres));

    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("server-read-only", "PostgreSQL takes no writes for a while (default_transaction_read_only)", Promises.NothingLost)]
    public Task A_read_only_server_loses_nothing(Durability level) => RunAsync(
        Promises.Plan(level) with { QuickLevel = Durability.WriteBehind, Shows = "WrongServer" }, _ => new SettingChanged(server.Postgres, "default_transaction_read_only", "on"));

    private async Task RunAsync(ScenarioPlan plan, Func<Scenario, IFault> fault)
    {
        await server.NeedsAsync(s => s.CanKill, "killing the processes of PostgreSQL");
        await Scenario.RunAsync(server, plan, fault);
    }
}
