using HybridSession.Resilience.Faults;
using HybridSession.Resilience.Faults.Network;
using HybridSession.Resilience.Faults.Proxy;
using HybridSession.Resilience.History;
using HybridSession.Resilience.Site;
using Xunit;

namespace HybridSession.Resilience.Scenarios;

/// <summary>What is between the site and PostgreSQL goes wrong.</summary>
public class NetworkFaultTests(ControlledServer server)
{

    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("network-reset", "All connections are reset at random moments, ten times a second", Promises.NothingLost)]
    public Task Resets_lose_nothing(Durability level) => RunAsync(
        Promises.Plan(level) with { QuickLevel = Durability.WriteBehind }, proxy => new Resets(proxy, TimeSpan.FromMilliseconds(100)));

    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("network-latency-50", "Each round trip takes 50 ms more, with jitter", "Larger batches; no error")]
    public Task A_slow_network_makes_larger_batches(Durability level) => RunAsync(
        Promises.Plan(level) with { QuickLevel = Durability.WriteBehind }, proxy => new NetworkFault(proxy, new ProxyMode.Latency(TimeSpan.FromMilliseconds(50), 0.5)));

    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("network-latency-500", "Each round trip takes 500 ms more, with jitter", Promises.NothingLost)]
    public Task A_very_slow_network_loses_nothing(Durability level) => RunAsync(
        Promises.Plan(level) with { LongOnly = true, During = Length.Seconds(2, 10) }, proxy => new NetworkFault(proxy, new ProxyMode.Latency(TimeSpan.FromMilliseconds(500), 0.3)));

    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("network-black-hole", "Nothing passes and nobody is told; when it ends, what was sent meanwhile arrives late", "No request is slower than IOTimeout; what arrives late harms nothing")]
    public Task A_black_hole_holds_no_request_longer_than_IOTimeout(Durability level) => RunAsync(
        Promises.Plan(level) with { QuickLevel = Durability.Durable, During = Length.Seconds(2, 20), Rounds = Length.Of(1, 2) }, proxy => new NetworkFault(proxy, new ProxyMode.BlackHole()));

    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("network-half-open", "The connections of the moment go dead without a word; new ones work", "Time-outs find them; the site goes on with new ones before the fault ends")]
    public Task Dead_connections_are_replaced(Durability level) => RunAsync(
        Promises.Plan(level) with { LongOnly = true, During = TimeSpan.FromSeconds(20), Rounds = 2 }, proxy => new NetworkFault(proxy, new ProxyMode.HalfOpen()));

    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("network-trickle", "Each connection carries 1 KiB a second", "Attempts time out; connections do not leak; nothing acknowledged is lost")]
    public Task A_trickle_leaks_no_connection(Durability level) => RunAsync(
        Promises.Plan(level) with { QuickLevel = Durability.WriteBehind, During = Length.Seconds(1.5, 20), Rounds = Length.Of(1, 2) }, proxy => new NetworkFault(proxy, new ProxyMode.Trickle(1024)));

    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("network-refused", "No new connection is accepted, and those that exist are reset", Promises.NothingLost)]
    public Task A_port_where_nobody_listens_loses_nothing(Durability level) => RunAsync(
        Promises.Plan(level) with { QuickLevel = Durability.Durable }, proxy => new RefusedAndReset(proxy));

    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("network-garbled", "Connections turn to noise in the middle of an answer (without TLS; TLS finds also single bits)", "Noise is never taken for an answer: the connection is given up and the call repeated")]
    public Task Noise_is_never_taken_for_an_answer(Durability level) => RunAsync(
        Promises.Plan(level) with { QuickLevel = Durability.Durable }, proxy => new NetworkFault(proxy, new ProxyMode.Garble(0.05)));

    private async Task RunAsync(ScenarioPlan plan, Func<FaultProxy, IFault> fault)
    {
        FaultProxy? proxy = null;
        try
        {
            await Scenario.RunAsync(server, plan with { Site = Behind }, _ => fault(proxy!));
        }
        finally
        {
            if (proxy is not null) await proxy.DisposeAsync();
        }

        SiteSettings Behind(SiteSettings settings)
        {
            proxy = FaultProxy.Start(settings.ConnectionString);
            return plan.Site(settings) with { ConnectionString = proxy.Through(settings.ConnectionString) };
        }
    }

    private sealed class RefusedAndReset(FaultProxy proxy) : IFault
    {
        public Task StartAsync()
        {
            proxy.Mode = new ProxyMode.Refuse();
            proxy.ResetAll();
            return Task.CompletedTask;
        }

        public Task HealAsync()
        {
            proxy.Mode = ProxyMode.Pass;
            return Task.CompletedTask;
        }

        public async ValueTask DisposeAsync() => await HealAsync();
    }
}
