namespace HybridSession.Middleware;

/// <summary>Whether what is encrypted today can be read tomorrow, and on another node. Pure.</summary>
internal static class KeyRingFindings
{
    private const string Name = "keys";
    private const string Persist = "Name a place that outlives the process and that all nodes share: AddDataProtection().PersistKeysToFileSystem(...), or a database or vault.";

    public static IReadOnlyList<ProbeFinding> Of(KeyRingFacts ring)
    {
        ProbeFinding[] warnings = [.. Warnings(ring)];
        return warnings.Length > 0 ? warnings : [ProbeFinding.Good(Name, $"Sessions are encrypted by Data Protection; its keys are {Describe(ring)}. All nodes must use the same ones.")];
    }

    private static IEnumerable<ProbeFinding> Warnings(KeyRingFacts ring)
    {
        if (ring.Place == KeyPlace.Memory)
            yield return Warning("Sessions are encrypted by keys that are in the memory of this process only: after a restart no stored session can be read, and on another node none ever.", Persist);
        if (ring.Place == KeyPlace.Default)
            yield return Warning($"Sessions are encrypted by keys that are {Describe(ring)}: other machines, and a new container, do not have them and cannot read the stored sessions.", Persist);
        // One trouble at a time: without keys that last, the name does not matter yet.
        if (ring.Place != KeyPlace.Memory && !ring.HasApplicationName)
            yield return Warning("The keys that sessions are encrypted by are told apart by the folder of the application, as it has no name: installed in another folder it cannot read the stored sessions.", "Give it one, the same on all nodes: AddDataProtection().SetApplicationName(\"shop\").");
    }

    private static string Describe(KeyRingFacts ring) => ring.Place switch
    {
        KeyPlace.Default => $"where ASP.NET Core puts them by default ({ring.PlaceName})",
        KeyPlace.Folder => $"in {ring.PlaceName}",
        _ => $"kept by {ring.PlaceName}",
    };

    private static ProbeFinding Warning(string observation, string advice) => ProbeFinding.Warning(Name, observation, advice);
}
