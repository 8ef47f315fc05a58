using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace HybridSession.Postgres.Configuration;

/// <summary>
/// Reads the section that was given to <c>AddHybridSession</c>: the connection string under the names people use for it, and the keys of <c>Postgres</c>.
/// A table of setters in place of a binder: it refuses unknown keys, and needs no reflection.
/// </summary>
internal static class PostgresConfiguration
{
    private const string Section = "Postgres";
    private const string ConnectionStringKey = nameof(PostgresSessionOptions.ConnectionString);

    // The name of the same setting in the session library whose configuration people bring along.
    private const string OriginKey = "SessionProviderConfig";

    private static readonly Dictionary<string, Func<PostgresSessionOptions, string, bool>> Setters = new(StringComparer.OrdinalIgnoreCase)
    {
        [ConnectionStringKey] = static (o, v) => { o.ConnectionString = v; return true; },
        [nameof(PostgresSessionOptions.Schema)] = static (o, v) => { o.Schema = v; return true; },
        [nameof(PostgresSessionOptions.SchemaMode)] = static (o, v) => TrySet<SchemaMode>(v, x => o.SchemaMode = x),
        [nameof(PostgresSessionOptions.FlushMethod)] = static (o, v) => TrySet<FlushMethod>(v, x => o.FlushMethod = x),
        [nameof(PostgresSessionOptions.CopyThreshold)] = static (o, v) => TrySet(v, (int x) => o.CopyThreshold = x),
        [nameof(PostgresSessionOptions.LargeRowBytes)] = static (o, v) => TrySet(v, (int x) => o.LargeRowBytes = x),
        [nameof(PostgresSessionOptions.StartupTimeout)] = static (o, v) => TrySet(v, (TimeSpan x) => o.StartupTimeout = x),
        [nameof(PostgresSessionOptions.StatementTimeout)] = static (o, v) => TrySet(v, (TimeSpan x) => o.StatementTimeout = x),
    };

    private static readonly Dictionary<string, string> Expected = new(StringComparer.OrdinalIgnoreCase)
    {
        [nameof(PostgresSessionOptions.SchemaMode)] = "Create or Validate",
        [nameof(PostgresSessionOptions.FlushMethod)] = "Auto, Arrays or Copy",
        [nameof(PostgresSessionOptions.CopyThreshold)] = "a whole number, such as 5000",
        [nameof(PostgresSessionOptions.LargeRowBytes)] = "a whole number, such as 2048",
        [nameof(PostgresSessionOptions.StartupTimeout)] = "a time span, such as 00:00:30",
        [nameof(PostgresSessionOptions.StatementTimeout)] = "a time span, such as 00:00:10",
    };

    /// <summary>The keys of the section <c>Postgres</c>.</summary>
    public static IReadOnlyCollection<string> Keys => Setters.Keys;

    public static void Apply(IConfiguration? configuration, PostgresSessionOptions options)
    {
        if (configuration is null) return;

        // The more particular name wins.
        options.ConnectionString = configuration[ConnectionStringKey] ?? configuration[Section] ?? configuration[OriginKey] ?? options.ConnectionString;
        foreach (var entry in configuration.GetSection(Section).GetChildren()) Apply(entry, options);
    }

    private static void Apply(IConfigurationSection entry, PostgresSessionOptions options)
    {
        if (!Setters.TryGetValue(entry.Key, out var set))
        {
            var nearest = NearestName.Find(entry.Key, Setters.Keys);
            var advice = nearest is null ? $"The keys are {string.Join(", ", Setters.Keys)}." : $"Did you mean \"{Section}:{nearest}\"?";
            options.ConfigurationFailures.Add($"The configuration key \"{entry.Path}\" is unknown. {advice}");
        }
        else if (entry.Value is null || !set(options, entry.Value))
        {
            options.ConfigurationFailures.Add($"The configuration key \"{entry.Path}\" (\"{entry.Value}\") must be {Expected.GetValueOrDefault(entry.Key, "a text")}.");
        }
    }

    private static bool TrySet<T>(string text, Action<T> set) where T : struct, Enum
    {
        // Enum.TryParse also takes numbers, defined or not.
        if (!Enum.TryParse<T>(text, ignoreCase: true, out var value) || !Enum.IsDefined(value)) return false;
        set(value);
        return true;
    }

    private static bool TrySet(string text, Action<int> set)
    {
        if (!int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value)) return false;
        set(value);
        return true;
    }

    private static bool TrySet(string text, Action<TimeSpan> set)
    {
        if (!TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var value)) return false;
        set(value);
        return true;
    }
}
