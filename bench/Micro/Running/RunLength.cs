namespace HybridSession.Bench.Micro.Running;

/// <summary>How much is measured.</summary>
internal enum RunLength
{
    /// <summary>For committed figures.</summary>
    Full,

    /// <summary>For a look.</summary>
    Short,

    /// <summary>Everything once: does it run?</summary>
    Dry,
}

/// <summary>The length of this run, by <c>--job full|short|dry</c>.</summary>
internal static class RunLengths
{
    private const string Option = "--job";

    public static RunLength Current { get; private set; } = RunLength.Full;

    /// <summary>Takes the option out of the arguments. BenchmarkDotNet's own would add a job to ours, and everything would run twice.</summary>
    public static string[] Take(string[] args)
    {
        var at = Array.IndexOf(args, Option);
        if (at < 0) return args;
        var value = args.ElementAtOrDefault(at + 1);
        if (!Enum.TryParse<RunLength>(value, ignoreCase: true, out var length))
            throw new ArgumentException($"{Option} is \"{value}\"; it can be full, short or dry.", nameof(args));
        Current = length;
        return [.. args[..at], .. args[(at + 2)..]];
    }
}
