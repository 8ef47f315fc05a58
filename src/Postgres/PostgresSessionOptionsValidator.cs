using HybridSession.Postgres.Connecting;
using HybridSession.Postgres.Schema;
using Microsoft.Extensions.Options;
using Npgsql;

namespace HybridSession.Postgres;

/// <summary>Refuses settings that cannot work: all failures at once, each with the setting, its value and the way out. No message holds a password.</summary>
internal sealed class PostgresSessionOptionsValidator(IOptions<SessionEngineOptions>? engine = null) : IValidateOptions<PostgresSessionOptions>
{
    private const string Prefix = nameof(PostgresSessionOptions) + ".";

    public ValidateOptionsResult Validate(string? name, PostgresSessionOptions options)
    {
        // Another store was chosen by name: this one's settings may well be absent, as on a developer's machine.
        if (ChosenProvider() is { Length: > 0 } provider && !ProviderNames.Postgres.Contains(provider, StringComparer.OrdinalIgnoreCase))
            return ValidateOptionsResult.Skip;

        var failures = Failures(options);
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private string? ChosenProvider()
    {
        try
        {
            return engine?.Value.Provider;
        }
        catch (OptionsValidationException)
        {
            // Wrong settings of the engine are reported by its own validator; these here are reported beside them.
            return null;
        }
    }

    internal static List<string> Failures(PostgresSessionOptions options)
    {
        var failures = new List<string>(options.ConfigurationFailures);
        CheckConnection(options, failures);

        if (!PgIdentifier.IsValid(options.Schema, out var problem))
            failures.Add($"{Prefix}Schema (\"{options.Schema}\") {problem} Set the name of a schema, such as \"public\".");
        CheckDefined(nameof(options.SchemaMode), options.SchemaMode, failures);
        CheckDefined(nameof(options.FlushMethod), options.FlushMethod, failures);
        CheckRange(nameof(options.CopyThreshold), options.CopyThreshold, 1, 1_000_000, "It is the number of sessions from which a flush takes COPY.", failures);
        CheckRange(nameof(options.LargeRowBytes), options.LargeRowBytes, 128, 1_048_576, "It is the size from which a payload gets a statement of its own.", failures);
        CheckRange(nameof(options.StartupTimeout), options.StartupTimeout, TimeSpan.Zero, TimeSpan.FromHours(1), "It is how long the start waits for an unreachable server.", failures);
        CheckRange(nameof(options.StatementTimeout), options.StatementTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1), "It is how long the server may work on one statement.", failures);
        CheckRange(nameof(options.LockTimeout), options.LockTimeout, TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1), "It is how long a statement waits for what somebody else has locked.", failures);
        return failures;
    }

    private static void CheckConnection(PostgresSessionOptions options, List<string> failures)
    {
        if (options.ListenConnectionString is { } listen && !ConnectionStringReader.TryRead(listen, out _, out var wrong))
            failures.Add($"{Prefix}ListenConnectionString {wrong}");
        if (options.DataSource is not null)
        {
            if (options.ConnectionString is not null)
                failures.Add($"{Prefix}ConnectionString and {Prefix}DataSource are both set, and they may disagree. Remove one of them.");
            if (new NpgsqlConnectionStringBuilder(options.DataSource.ConnectionString).Multiplexing)
                failures.Add($"{Prefix}DataSource uses Multiplexing, which has no prepared statements and no COPY. Give the sessions a data source without it.");
            return;
        }

        if (!ConnectionStringReader.TryRead(options.ConnectionString, out _, out var failure))
            failures.Add($"{Prefix}ConnectionString {failure}");
    }

    private static void CheckDefined<T>(string setting, T value, List<string> failures) where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
            failures.Add($"{Prefix}{setting} ({value}) is not one of {string.Join(", ", Enum.GetNames<T>())}. Set one of these.");
    }

    private static void CheckRange<T>(string setting, T value, T least, T most, string meaning, List<string> failures) where T : IComparable<T>
    {
        if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
            failures.Add($"{Prefix}{setting} ({value}) must be between {least} and {most}. {meaning}");
    }
}
