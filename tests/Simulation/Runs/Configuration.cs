using HybridSession.Simulation.World;

namespace HybridSession.Simulation.Runs;

/// <summary>A kind of run: who takes part, and what may go wrong. Chances are weights, relative to 4 for what has to go on.</summary>
internal sealed record Configuration(string Name)
{
    public WorldSetup World { get; init; } = new();

    public int Subjects { get; init; } = 1;

    public int TabsPerSubject { get; init; } = 1;

    public int KeysPerTab { get; init; } = 1;

    public bool KeepsStamps { get; init; } = true;

    /// <summary>The clock goes on only when nothing else can: nothing is ever late.</summary>
    public bool IsPrompt { get; init; }

    /// <summary>A fail-over breaks the links for a moment, and whoever asks then waits a moment.</summary>
    public bool NeedsNoClock => IsPrompt && FailOvers == 0;

    public int Steps { get; init; } = 60;

    /// <summary>The share of requests that wait for the commit.</summary>
    public double DurableShare { get; init; }

    public double AbortedShare { get; init; }

    /// <summary>The shares of changes that are removals, clears, ends and replaced tokens.</summary>
    public double RemoveShare { get; init; } = 0.1;

    public double ClearShare { get; init; }

    public double AbandonShare { get; init; }

    public double RegenerateShare { get; init; }

    /// <summary>Sessions are born in the midst of everything, not before.</summary>
    public bool BirthsAreLate { get; init; }

    /// <summary>Calls that fail: before they take effect, or with their answer lost.</summary>
    public int StoreFailures { get; init; }

    public int Evictions { get; init; }

    public int Crashes { get; init; }

    public int Cuts { get; init; }

    public int Partitions { get; init; }

    public int FailOvers { get; init; }

    /// <summary>Nodes that start, of the spare ones.</summary>
    public int Starts { get; init; }

    /// <summary>Nodes that leave in order.</summary>
    public int Leaves { get; init; }

    public override string ToString() => Name;
}
