using HybridSession.Consistency;
using HybridSession.Simulation.Runs;
using HybridSession.Simulation.World;

namespace HybridSession.Simulation.Mutations;

/// <summary>Runs with a rule of the protocol switched off. What the simulation does not notice then, it would not notice in the engine either.</summary>
internal static class Mutations
{
    private const int MostSeeds = 400;

    /// <summary>Runs seeds of a configuration, changed, until one finds a violation; it must be one of these sentences.</summary>
    public static async Task FindsAsync(string configuration, Func<WorldSetup, WorldSetup> without, params string[] sentences)
    {
        var kind = Configurations.Of(configuration);
        var found = await Seeds.FindAsync(kind with { World = without(kind.World) }, MostSeeds);
        Assert.True(found is not null, $"{MostSeeds} seeds of \"{configuration}\" found nothing.");
        TestContext.Current.TestOutputHelper?.WriteLine($"Seed {found.Seed}: {found.Failure.Message}");
        Assert.Contains(found.Sentence, sentences);
    }

    /// <summary>The same with a switch of the engine.</summary>
    public static Task FindsAsync(string configuration, Action<ProtocolRules> without, params string[] sentences) =>
        FindsAsync(configuration, setup => setup with { Configure = options => without(options.Rules) }, sentences);
}
