using System.Globalization;
using HybridSession.Simulation.World;

namespace HybridSession.Simulation.Runs;

/// <summary>Runs seeds of a configuration until one finds a violation.</summary>
internal static class Seeds
{
    /// <summary>How many seeds a configuration runs: <c>HYBRIDSESSION_SIMULATION_SEEDS</c>, or as many as belong into every run of the tests.</summary>
    public static int Count { get; } = Environment.GetEnvironmentVariable("HYBRIDSESSION_SIMULATION_SEEDS") is { Length: > 0 } count ? int.Parse(count, CultureInfo.InvariantCulture) : 100;

    private static int? Only { get; } = Environment.GetEnvironmentVariable("HYBRIDSESSION_SEED") is { Length: > 0 } seed ? int.Parse(seed, CultureInfo.InvariantCulture) : null;

    /// <summary>The first violation, or null.</summary>
    public static Task<Found?> FindAsync(Configuration configuration, int count, int first = 1) => Task.Run(async () =>
    {
        if (Only is { } only) (first, count) = (only, 1);
        for (var seed = first; seed < first + count; seed++)
            if (await RunAsync(configuration, seed) is { } found) return found;
        return null;
    });

    private static async Task<Found?> RunAsync(Configuration configuration, int seed)
    {
        using var run = new RandomRun(configuration, seed);
        try
        {
            await run.RunAsync();
            return null;
        }
        catch (ViolationException violation)
        {
            return new Found(configuration.Name, seed, violation, run.World.Steps);
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException(new Found(configuration.Name, seed, failure, run.World.Steps).ToString(), failure);
        }
    }

    internal sealed record Found(string Configuration, int Seed, Exception Failure, IReadOnlyList<string> Steps)
    {
        public string? Sentence => (Failure as ViolationException)?.Sentence;

        public override string ToString() =>
            $"{Failure.Message}\n{Configuration}: HYBRIDSESSION_SEED={Seed}\n{string.Join('\n', Steps.Select((step, i) => $"{i + 1,4}  {step}"))}";
    }
}
