using System.Globalization;

namespace HybridSession.Configuration;

/// <summary>The ranges of <see cref="SessionEngineOptions"/> and the rules between its settings. Pure: adds one sentence for each thing that is wrong.</summary>
internal static class SessionEngineRules
{
    private const long Kibibyte = 1024;
    private const long Mebibyte = 1024 * Kibibyte;

    public static void Check(SessionEngineOptions options, List<string> problems)
    {
        Range(problems, "IdleTimeout", options.IdleTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromDays(365));
        Range(problems, "IOTimeout", options.IOTimeout, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(10));
        Range(problems, "MaxDirtyAge", options.MaxDirtyAge, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1));
        Range(problems, "FlushBatchSize", options.FlushBatchSize, 1, 50_000);
        Range(problems, "Flushers", options.Flushers, 1, 16);
        Range(problems, "MaxHotBytes", options.MaxHotBytes, Mebibyte, long.MaxValue);
        Range(problems, "MaxDirtyBytes", options.MaxDirtyBytes, Mebibyte, long.MaxValue);
        Range(problems, "MaxQuarantineBytes", options.MaxQuarantineBytes, Mebibyte, long.MaxValue);
        Range(problems, "MaxPayloadBytes", options.MaxPayloadBytes, Kibibyte, 64 * Mebibyte);
        Range(problems, "MaxKeys", options.MaxKeys, 1, 65_535);
        Range(problems, "MaxTransientKeys", options.MaxTransientKeys, 0, 10_000);
        Range(problems, "SweepInterval", options.SweepInterval, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
        Defined(problems, "Durability", options.Durability);
        Defined(problems, "OnUnavailable", options.OnUnavailable);

        if (options.AbsoluteLifetime < options.IdleTimeout)
            problems.Add($"AbsoluteLifetime ({options.AbsoluteLifetime}) must be at least IdleTimeout ({options.IdleTimeout}): no session could ever be idle that long. Raise AbsoluteLifetime, set it to null for no limit, or lower IdleTimeout.");
        Fits(problems, options.MaxPayloadBytes, "MaxHotBytes", options.MaxHotBytes);
        Fits(problems, options.MaxPayloadBytes, "MaxDirtyBytes", options.MaxDirtyBytes);
        Fits(problems, options.MaxPayloadBytes, "MaxQuarantineBytes", options.MaxQuarantineBytes);
        Range(problems, "Cluster:HandoffTimeout", options.Cluster.HandoffTimeout, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1));
        if (options.Cluster.MaxUnvalidatedAge is { } age) Range(problems, "Cluster:MaxUnvalidatedAge", age, TimeSpan.FromSeconds(1), TimeSpan.FromDays(365));
        Range(problems, "Exclusive:MaxWaiting", options.Exclusive.MaxWaiting, 0, 10_000);
        Range(problems, "Exclusive:MaxWait", options.Exclusive.MaxWait, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10));
        if (options.Users.MaxSessionsPerUser is { } sessions) Range(problems, "Users:MaxSessionsPerUser", sessions, 1, 10_000);
        Defined(problems, "Users:AtLimit", options.Users.AtLimit);
        Defined(problems, "Users:OnSignOut", options.Users.OnSignOut);
        Range(problems, "Compression:Threshold", options.Compression.Threshold, 64, 64 * Mebibyte);
        Check(options.Resilience, problems);
    }

    private static void Check(ResilienceOptions options, List<string> problems)
    {
        Check("Loads", options.Loads, problems);
        Range(problems, "Resilience:Loads:MaxConcurrent", options.Loads.MaxConcurrent, 1, 4);
        Range(problems, "Resilience:Loads:MaxWaiting", options.Loads.MaxWaiting, 1, 1_000_000);
        Check("Flushes", options.Flushes, problems);
        Check("Maintenance", options.Maintenance, problems);
        if (!(options.FailureRatio is > 0 and <= 1))
            problems.Add($"Resilience:FailureRatio ({options.FailureRatio.ToString(CultureInfo.InvariantCulture)}) must be above 0 and at most 1.");
        Range(problems, "Resilience:MinimumThroughput", options.MinimumThroughput, 2, int.MaxValue);
        Range(problems, "Resilience:SamplingDuration", options.SamplingDuration, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
        Range(problems, "Resilience:BreakDuration", options.BreakDuration, TimeSpan.FromMilliseconds(500), TimeSpan.FromMinutes(10));
        Range(problems, "Resilience:PingInterval", options.PingInterval, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
    }

    private static void Check(string kind, CallResilienceOptions options, List<string> problems)
    {
        Range(problems, $"Resilience:{kind}:AttemptTimeout", options.AttemptTimeout, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(10));
        Range(problems, $"Resilience:{kind}:MaxRetries", options.MaxRetries, 0, 10);
        Range(problems, $"Resilience:{kind}:RetryDelay", options.RetryDelay, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(10));
    }

    private static void Fits(List<string> problems, int payload, string name, long budget)
    {
        if (payload > budget) problems.Add($"MaxPayloadBytes ({payload}) must not exceed {name} ({budget}): the largest session would never fit. Lower MaxPayloadBytes or raise {name}.");
    }

    public static void Range(List<string> problems, string name, TimeSpan value, TimeSpan min, TimeSpan max)
    {
        if (value < min || value > max) problems.Add($"{name} ({value}) must be between {min} and {max}.");
    }

    private static void Range(List<string> problems, string name, long value, long min, long max)
    {
        if (value >= min && value <= max) return;
        problems.Add(max is int.MaxValue or long.MaxValue ? $"{name} ({value}) must be at least {min}." : $"{name} ({value}) must be between {min} and {max}.");
    }

    private static void Defined<T>(List<string> problems, string name, T value) where T : struct, Enum
    {
        if (!Enum.IsDefined(value)) problems.Add($"{name} ({value}) must be one of {string.Join(", ", Enum.GetNames<T>())}.");
    }
}
