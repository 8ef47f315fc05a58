namespace HybridSession.Configuration;

/// <summary>The settings of <see cref="SessionEngineOptions"/> and <see cref="ResilienceOptions"/> as configuration writes them.</summary>
internal static class SessionEngineSettings
{
    public static IReadOnlyList<Setting<SessionEngineOptions>> All { get; } =
    [
        Setting.Duration<SessionEngineOptions>("IdleTimeout", (o, v) => o.IdleTimeout = v),
        Setting.OptionalDuration<SessionEngineOptions>("AbsoluteLifetime", (o, v) => o.AbsoluteLifetime = v),
        Setting.Duration<SessionEngineOptions>("IOTimeout", (o, v) => o.IOTimeout = v),
        Setting.Duration<SessionEngineOptions>("MaxDirtyAge", (o, v) => o.MaxDirtyAge = v),
        Setting.Count<SessionEngineOptions>("FlushBatchSize", (o, v) => o.FlushBatchSize = v, "5000"),
        Setting.Count<SessionEngineOptions>("Flushers", (o, v) => o.Flushers = v, "2"),
        Setting.Size<SessionEngineOptions>("MaxHotBytes", (o, v) => o.MaxHotBytes = v),
        Setting.Size<SessionEngineOptions>("MaxDirtyBytes", (o, v) => o.MaxDirtyBytes = v),
        Setting.Size<SessionEngineOptions>("MaxQuarantineBytes", (o, v) => o.MaxQuarantineBytes = v),
        // A size beyond an int is out of range anyway; the range check names the limit.
        Setting.Size<SessionEngineOptions>("MaxPayloadBytes", (o, v) => o.MaxPayloadBytes = (int)Math.Min(v, int.MaxValue)),
        Setting.Count<SessionEngineOptions>("MaxKeys", (o, v) => o.MaxKeys = v, "1000"),
        Setting.Count<SessionEngineOptions>("MaxTransientKeys", (o, v) => o.MaxTransientKeys = v, "100"),
        Setting.Choice<SessionEngineOptions, Durability>("Durability", (o, v) => o.Durability = v),
        Setting.Choice<SessionEngineOptions, UnavailableBehavior>("OnUnavailable", (o, v) => o.OnUnavailable = v),
        Setting.Duration<SessionEngineOptions>("SweepInterval", (o, v) => o.SweepInterval = v),
        Setting.OptionalText<SessionEngineOptions>("Provider", (o, v) => o.Provider = v),
        .. Calls("Loads", static o => o.Resilience.Loads, "1"),
        Setting.Count<SessionEngineOptions>("Resilience:Loads:MaxConcurrent", (o, v) => o.Resilience.Loads.MaxConcurrent = v, "2"),
        Setting.Count<SessionEngineOptions>("Resilience:Loads:MaxWaiting", (o, v) => o.Resilience.Loads.MaxWaiting = v, "10000"),
        .. Calls("Flushes", static o => o.Resilience.Flushes, "2"),
        .. Calls("Maintenance", static o => o.Resilience.Maintenance, "0"),
        Setting.Ratio<SessionEngineOptions>("Resilience:FailureRatio", (o, v) => o.Resilience.FailureRatio = v),
        Setting.Count<SessionEngineOptions>("Resilience:MinimumThroughput", (o, v) => o.Resilience.MinimumThroughput = v, "4"),
        Setting.Duration<SessionEngineOptions>("Resilience:SamplingDuration", (o, v) => o.Resilience.SamplingDuration = v),
        Setting.Duration<SessionEngineOptions>("Resilience:BreakDuration", (o, v) => o.Resilience.BreakDuration = v),
        Setting.Duration<SessionEngineOptions>("Resilience:PingInterval", (o, v) => o.Resilience.PingInterval = v),
        Setting.Switch<SessionEngineOptions>("Cluster:Enabled", (o, v) => o.Cluster.Enabled = v),
        Setting.Duration<SessionEngineOptions>("Cluster:HandoffTimeout", (o, v) => o.Cluster.HandoffTimeout = v),
        Setting.OptionalDuration<SessionEngineOptions>("Cluster:MaxUnvalidatedAge", (o, v) => o.Cluster.MaxUnvalidatedAge = v),
        Setting.Count<SessionEngineOptions>("Exclusive:MaxWaiting", (o, v) => o.Exclusive.MaxWaiting = v, "16"),
        Setting.Duration<SessionEngineOptions>("Exclusive:MaxWait", (o, v) => o.Exclusive.MaxWait = v),
        Setting.OptionalCount<SessionEngineOptions>("Users:MaxSessionsPerUser", (o, v) => o.Users.MaxSessionsPerUser = v, "3"),
        Setting.Choice<SessionEngineOptions, UserLimitBehavior>("Users:AtLimit", (o, v) => o.Users.AtLimit = v),
        Setting.Switch<SessionEngineOptions>("Users:BindOnSignIn", (o, v) => o.Users.BindOnSignIn = v),
        Setting.Switch<SessionEngineOptions>("Users:RegenerateOnSignIn", (o, v) => o.Users.RegenerateOnSignIn = v),
        Setting.Choice<SessionEngineOptions, SignOutBehavior>("Users:OnSignOut", (o, v) => o.Users.OnSignOut = v),
        Setting.OptionalText<SessionEngineOptions>("Users:IdClaim", (o, v) => o.Users.IdClaim = v),
        Setting.OptionalText<SessionEngineOptions>("Users:SignInScheme", (o, v) => o.Users.SignInScheme = v),
        Setting.Switch<SessionEngineOptions>("Compression:Enabled", (o, v) => o.Compression.Enabled = v),
        Setting.Size<SessionEngineOptions>("Compression:Threshold", (o, v) => o.Compression.Threshold = (int)Math.Min(v, int.MaxValue)),
    ];

    private static IEnumerable<Setting<SessionEngineOptions>> Calls(string kind, Func<SessionEngineOptions, CallResilienceOptions> of, string retries) =>
    [
        Setting.Duration<SessionEngineOptions>($"Resilience:{kind}:AttemptTimeout", (o, v) => of(o).AttemptTimeout = v),
        Setting.Count<SessionEngineOptions>($"Resilience:{kind}:MaxRetries", (o, v) => of(o).MaxRetries = v, retries),
        Setting.Duration<SessionEngineOptions>($"Resilience:{kind}:RetryDelay", (o, v) => of(o).RetryDelay = v),
    ];
}
