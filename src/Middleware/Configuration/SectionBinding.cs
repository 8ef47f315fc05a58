using HybridSession.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace HybridSession.Middleware;

/// <summary>
/// Reads one configuration section into the options. What is wrong is collected, not thrown, so that the validator can name all of it at once.
/// </summary>
internal sealed class SectionBinding(IConfiguration section) : IConfigureOptions<HybridSessionOptions>
{
    private static readonly Dictionary<string, Setting<HybridSessionOptions>> Own = HybridSessionSettings.All.ToDictionary(s => s.Name, StringComparer.OrdinalIgnoreCase);
    private static readonly Dictionary<string, Setting<HybridSessionOptions>> Origins = OriginSettings.All.ToDictionary(s => s.Name, StringComparer.OrdinalIgnoreCase);

    private readonly string _prefix = section is IConfigurationSection { Path: { Length: > 0 } path } ? path + ConfigurationPath.KeyDelimiter : "";
    private List<string> _problems = [];

    /// <summary>What was wrong at the last reading, one sentence each.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Settings that only a PostgreSQL store reads, as the user wrote them.</summary>
    public IReadOnlyList<string> PostgresKeys { get; private set; } = [];

    /// <summary>The origin's switch for clients without cookies is off.</summary>
    public bool CookieRefused { get; private set; }

    public void Configure(HybridSessionOptions options)
    {
        var problems = new List<string>();
        var leaves = Leaves(section, "").ToArray();

        // The origin's names first: where both are given, the own name is the more precise one.
        foreach (var (key, text) in leaves)
            if (Origins.TryGetValue(key, out var setting)) Apply(setting, key, text, options, problems);
        foreach (var (key, text) in leaves)
        {
            if (Own.TryGetValue(key, out var setting)) Apply(setting, key, text, options, problems);
            else if (!Origins.ContainsKey(key) && !IsPostgres(key)) problems.Add(Unknown(key));
        }

        PostgresKeys = [.. leaves.Where(l => IsPostgres(l.Key) || IsUsedProviderConfig(l, options)).Select(l => _prefix + l.Key)];
        CookieRefused = leaves.Any(l => l.Key.Equals(OriginSettings.AutoSetCookie, StringComparison.OrdinalIgnoreCase) && l.Text is not null && SettingText.TrySwitch(l.Text, out var on) && !on);
        _problems = problems;
    }

    private void Apply(Setting<HybridSessionOptions> setting, string key, string? text, HybridSessionOptions options, List<string> problems)
    {
        if (setting.Apply(options, text) is { } advice) problems.Add($"{_prefix}{key} is \"{text}\": {advice}.");
    }

    private string Unknown(string key)
    {
        if (OriginSettings.Refused.TryGetValue(key, out var instead)) return $"{_prefix}{key} is not used: {instead}";
        var known = HybridSessionSettings.Names.Concat(OriginSettings.Refused.Keys);
        return $"{_prefix}{key} is not a setting.{NearestName.Hint(key, known)}";
    }

    private static bool IsPostgres(string key) =>
        key.Equals(HybridSessionSettings.ConnectionString, StringComparison.OrdinalIgnoreCase)
        || key.Equals(HybridSessionSettings.PostgresSection, StringComparison.OrdinalIgnoreCase)
        || key.StartsWith(HybridSessionSettings.PostgresSection + ConfigurationPath.KeyDelimiter, StringComparison.OrdinalIgnoreCase);

    // The origin's sections often keep this key empty, or beside the memory provider, which ignores it.
    private static bool IsUsedProviderConfig((string Key, string? Text) leaf, HybridSessionOptions options) =>
        leaf.Key.Equals(OriginSettings.ProviderConfig, StringComparison.OrdinalIgnoreCase)
        && !string.IsNullOrWhiteSpace(leaf.Text)
        && !BackingStoreSelector.MemoryNames.Contains(options.Provider, StringComparer.OrdinalIgnoreCase);

    private static IEnumerable<(string Key, string? Text)> Leaves(IConfiguration parent, string path)
    {
        foreach (var child in parent.GetChildren())
        {
            var key = path + child.Key;
            var below = Leaves(child, key + ConfigurationPath.KeyDelimiter).ToArray();
            if (below.Length == 0 || child.Value is not null) yield return (key, child.Value);
            foreach (var leaf in below) yield return leaf;
        }
    }
}
