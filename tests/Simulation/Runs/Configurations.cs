namespace HybridSession.Simulation.Runs;

/// <summary>The kinds of random runs.</summary>
internal static class Configurations
{
    private static readonly Configuration[] Kinds =
    [
        new("sequential, prompt") { IsPrompt = true, Evictions = 1, KeysPerTab = 2 },
        new("sequential, late") { Evictions = 1, AbortedShare = 0.2, ClearShare = 0.1 },
        new("sequential, failing store") { Evictions = 1, AbortedShare = 0.2, ClearShare = 0.1, StoreFailures = 1, DurableShare = 0.3 },
        new("parallel, prompt") { IsPrompt = true, TabsPerSubject = 2, Evictions = 1 },
        new("parallel, late, failing store") { TabsPerSubject = 2, Evictions = 1, DurableShare = 0.4, StoreFailures = 1, AbortedShare = 0.1 },
        new("parallel, durable") { TabsPerSubject = 2, DurableShare = 1, Evictions = 1, RemoveShare = 0.2 },
        new("without stamps") { KeepsStamps = false, Evictions = 1, StoreFailures = 1, TabsPerSubject = 2 },
        new("crash at WriteBehind") { Crashes = 1, Starts = 1, World = new() { Nodes = 2, SpareNodes = 1 }, ClearShare = 0.1, StoreFailures = 1 },
        new("crash, parallel, durable") { Crashes = 1, Starts = 1, World = new() { Nodes = 2, SpareNodes = 1 }, TabsPerSubject = 2, DurableShare = 1, StoreFailures = 1 },
        new("rolling deploy") { Leaves = 2, Starts = 2, World = new() { Nodes = 2, SpareNodes = 2 }, TabsPerSubject = 2, Evictions = 1 },
        new("cut links") { Cuts = 2, TabsPerSubject = 2, ClearShare = 0.0, Evictions = 1 },
        new("cut links, sequential, clear") { Cuts = 2, ClearShare = 0.1, AbortedShare = 0.1 },
        new("partition") { Partitions = 1, TabsPerSubject = 2, DurableShare = 0.2 },
        new("partition, sequential, clear") { Partitions = 1, ClearShare = 0.1, AbortedShare = 0.1, Evictions = 1 },
        new("births") { BirthsAreLate = true, Subjects = 3, StoreFailures = 2, AbandonShare = 0.2, Evictions = 1 },
        new("abandon, parallel") { Subjects = 2, TabsPerSubject = 2, AbandonShare = 0.15, StoreFailures = 1, Evictions = 1 },
        new("abandon, cut links, crash") { Subjects = 2, TabsPerSubject = 2, AbandonShare = 0.15, Cuts = 1, Crashes = 1, World = new() { Nodes = 3 }, Evictions = 1 },
        new("regenerate") { RegenerateShare = 0.2, StoreFailures = 1, Evictions = 1, DurableShare = 0.3 },
        new("regenerate, parallel, durable") { RegenerateShare = 0.15, TabsPerSubject = 2, DurableShare = 1, StoreFailures = 1, Evictions = 1 },
        new("regenerate and abandon, parallel") { Subjects = 2, RegenerateShare = 0.15, AbandonShare = 0.1, TabsPerSubject = 2, DurableShare = 0.5, StoreFailures = 1 },
        new("fail-over") { FailOvers = 1, DurableShare = 0.3 },
        // Without evictions: a node that has let go of what the fail-over undid counts on from there, and nobody can tell.
        new("fail-over, parallel") { FailOvers = 1, TabsPerSubject = 2, DurableShare = 0.5 },
        new("fail-over, prompt") { IsPrompt = true, FailOvers = 1, DurableShare = 0.5 },
        new("three nodes") { World = new() { Nodes = 3 }, TabsPerSubject = 2, Evictions = 1, AbortedShare = 0.1 },
        new("three nodes, sequential, everything breaks")
        {
            World = new() { Nodes = 3, SpareNodes = 1 }, Cuts = 1, Partitions = 1, Crashes = 1, Starts = 1, StoreFailures = 1, Evictions = 1, AbortedShare = 0.1, ClearShare = 0.05, DurableShare = 0.3, Steps = 120,
        },
    ];

    public static IEnumerable<string> Names => Kinds.Select(kind => kind.Name);

    public static Configuration Of(string name) => Kinds.Single(kind => kind.Name == name);
}
