using HybridSession.Configuration;
using Microsoft.Extensions.Configuration;

namespace HybridSession.Postgres.Configuration;

/// <summary>
/// Reads the section that was given to <c>AddHybridSession</c>: the connection string under the names people use for it, and the keys of <c>Postgres</c>.
/// A table of settings in place of a binder: it refuses unknown keys, and needs no reflection.
/// </summary>
internal static class PostgresConfiguration
{
    private const string Section = "Postgres";
    private const string ConnectionStringKey = nameof(PostgresSessionOptions.ConnectionString);

    // The name of the same setting in the session library whose configuration people bring along.
    private const string OriginKey = "SessionProviderConfig";

    private static readonly Dictionary<string, Setting<PostgresSessionOptions>> Settings = new Setting<PostgresSessionOptions>[]
    {
        Setting.Text<PostgresSessionOptions>(ConnectionStringKey, (o, v) => o.ConnectionString = v),
        Setting.OptionalText<PostgresSessionOptions>(nameof(PostgresSessionOptions.ListenConnectionString), (o, v) => o.ListenConnectionString = v),
        Setting.Text<PostgresSessionOptions>(nameof(PostgresSessionOptions.Schema), (o, v) => o.Schema = v ?? ""),
        Setting.Choice<PostgresSessionOptions, SchemaMode>(nameof(PostgresSessionOptions.SchemaMode), (o, v) => o.SchemaMode = v),
        Setting.Choice<PostgresSessionOptions, FlushMethod>(nameof(PostgresSessionOptions.FlushMethod), (o, v) => o.FlushMethod = v),
        Setting.Count<PostgresSessionOptions>(nameof(PostgresSessionOptions.CopyThreshold), (o, v) => o.CopyThreshold = v, "4000"),
        Setting.Count<PostgresSessionOptions>(nameof(PostgresSessionOptions.LargeRowBytes), (o, v) => o.LargeRowBytes = v, "2048"),
        Setting.Duration<PostgresSessionOptions>(nameof(PostgresSessionOptions.StartupTimeout), (o, v) => o.StartupTimeout = v),
        Setting.Duration<PostgresSessionOptions>(nameof(PostgresSessionOptions.StatementTimeout), (o, v) => o.StatementTimeout = v),
        Setting.Duration<PostgresSessionOptions>(nameof(PostgresSessionOptions.LockTimeout), (o, v) => o.LockTimeout = v),
    }.ToDictionary(setting => setting.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>The keys of the section <c>Postgres</c>.</summary>
    public static IReadOnlyCollection<string> Keys => Settings.Keys;

    public static void Apply(IConfiguration? configuration, PostgresSessionOptions options)
    {
        if (configuration is null) return;

        // The more particular name wins.
        options.ConnectionString = configuration[ConnectionStringKey] ?? configuration[Section] ?? configuration[OriginKey] ?? options.ConnectionString;
        foreach (var entry in configuration.GetSection(Section).GetChildren()) Apply(entry, options);
    }

    private static void Apply(IConfigurationSection entry, PostgresSessionOptions options)
    {
        if (!Settings.TryGetValue(entry.Key, out var setting))
        {
            var advice = NearestName.Find(entry.Key, Settings.Keys) is { } nearest ? $"Did you mean {Section}:{nearest}?" : $"The keys are {string.Join(", ", Settings.Keys)}.";
            options.ConfigurationFailures.Add($"{entry.Path} is not a setting. {advice}");
        }
        else if (setting.Apply(options, entry.Value) is { } advice)
        {
            options.ConfigurationFailures.Add($"{entry.Path} is \"{entry.Value}\": {advice}.");
        }
    }
}
