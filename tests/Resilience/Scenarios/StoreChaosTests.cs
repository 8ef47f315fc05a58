using HybridSession.Resilience.Faults;
using Xunit;

namespace HybridSession.Resilience.Scenarios;

/// <summary>Calls to the store fail in all the ways there are, without a real fault behind it.</summary>
public class StoreChaosTests(ControlledServer server)
{
    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("store-chaos", "10 to 50 % of the calls to the store are late, fail with 40P01, 53300, 57P01, 25006, 57014 or a lost connection, or are done and fail afterwards", "Nothing acknowledged is lost, nothing is done twice")]
    public async Task Calls_that_fail_before_or_after_the_fact_lose_nothing(Durability level)
    {
        await using var chaos = Length.IsLong ? new StoreChaos(0.1, 0.2, 0.3, 0.4, 0.5) : new StoreChaos(0.4);
        await Scenario.RunAsync(
            server,
            Promises.Plan(level) with { Stage = chaos.Wrap, During = Length.Seconds(0.7, 10), Rounds = Length.Of(1, 5) },
            _ => chaos);
    }
}
