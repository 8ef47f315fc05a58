namespace HybridSession.Simulation.Runs;

/// <summary>
/// Nodes, clients and faults in any order. A failure names its seed and its steps; <c>HYBRIDSESSION_SEED</c> repeats it, <c>HYBRIDSESSION_SIMULATION_SEEDS</c> runs more of them.
/// </summary>
public sealed class RandomRunTests
{
    public static TheoryData<string> Configurations { get; } = [.. Runs.Configurations.Names];

    [Theory]
    [MemberData(nameof(Configurations))]
    public async Task Whatever_happens_in_whatever_order_no_sentence_is_violated(string configuration)
    {
        var found = await Seeds.FindAsync(Runs.Configurations.Of(configuration), Seeds.Count);
        Assert.True(found is null, found?.ToString());
    }
}
