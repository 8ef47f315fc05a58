using System.Globalization;

namespace HybridSession.Doctor;

/// <summary>Whether the engine's settings can keep what they promise. Each is legal by itself. Pure.</summary>
internal static class EngineFindings
{
    private const double Mebibyte = 1024 * 1024;

    /// <param name="options">The settings, within their ranges.</param>
    /// <param name="availableBytes">What the process may use: the container's limit, or the machine's memory.</param>
    public static IEnumerable<ProbeFinding> Of(SessionEngineOptions options, long availableBytes)
    {
        yield return Promise(options);
        yield return Memory(options, availableBytes);
    }

    private static ProbeFinding Promise(SessionEngineOptions options)
    {
        if (options.IOTimeout < options.MaxDirtyAge)
            return ProbeFinding.Warning(
                "promise",
                $"IOTimeout ({Seconds(options.IOTimeout)}) is below MaxDirtyAge ({Seconds(options.MaxDirtyAge)}): a request that waits for the store is failed although its change may still be stored in time.",
                "Raise IOTimeout above MaxDirtyAge, or lower MaxDirtyAge.");
        var waits = options.Durability == Durability.WriteBehind ? "do not wait" : "wait";
        return ProbeFinding.Good("promise", $"A change is stored within {Seconds(options.MaxDirtyAge)} (MaxDirtyAge); responses {waits} for that (Durability={options.Durability}) unless their endpoint says otherwise.");
    }

    private static ProbeFinding Memory(SessionEngineOptions options, long availableBytes)
    {
        // Both may be near the largest long.
        var most = (double)options.MaxHotBytes + options.MaxDirtyBytes;
        var budget = string.Create(CultureInfo.InvariantCulture, $"Sessions may use {Size(options.MaxHotBytes)} (MaxHotBytes) and {Size(options.MaxDirtyBytes)} while the store is away (MaxDirtyBytes)");
        return most > availableBytes
            ? ProbeFinding.Warning("memory", $"{budget}, and the process has {Size(availableBytes)}: it would be ended for its memory before a limit holds it back.", "Lower MaxHotBytes and MaxDirtyBytes, or give the container more memory.")
            : ProbeFinding.Good("memory", $"{budget}, of {Size(availableBytes)} that the process has.");
    }

    private static string Size(double bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / Mebibyte:0} MiB");

    private static string Seconds(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.###} s");
}
