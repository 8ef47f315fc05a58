using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using HybridSession.Configuration;
using Npgsql;

namespace HybridSession.Postgres.Connecting;

/// <summary>
/// Reads a connection string in either notation and adds this store's defaults where the user said nothing.
/// A failure is the rest of a sentence that begins with the setting's name; it never quotes a part of the string that may belong to a password.
/// </summary>
internal static class ConnectionStringReader
{
    public static bool TryRead(string? text, [NotNullWhen(true)] out NpgsqlConnectionStringBuilder? builder, [NotNullWhen(false)] out string? failure)
    {
        builder = null;
        if (string.IsNullOrWhiteSpace(text))
        {
            failure = "is empty, and there is no default host. Set a URI (postgres://user:password@host/database) or keywords (Host=host;Database=database;Username=user;Password=password).";
            return false;
        }

        text = text.Trim();
        var read = PostgresUri.IsUri(text)
            ? PostgresUri.TryParse(text, out var settings, out failure)
            : TryParseKeywords(text, out settings, out failure);
        return read && TryBuild(settings, out builder, out failure);
    }

    private static bool TryParseKeywords(string text, out List<KeyValuePair<string, string>> settings, [NotNullWhen(false)] out string? failure)
    {
        settings = [];
        failure = null;
        var generic = new DbConnectionStringBuilder();
        try
        {
            generic.ConnectionString = text;
        }
        catch (ArgumentException)
        {
            failure = text.Contains("://", StringComparison.Ordinal)
                ? "is a URI, but not one of PostgreSQL. Begin it with postgres:// or postgresql://."
                : "is neither a URI (postgres://user:password@host/database) nor a list of keywords (Host=host;Database=database;Username=user;Password=password). A value that contains ; or = or quotes must stand in quotes.";
            return false;
        }

        foreach (string key in generic.Keys)
        {
            if (ConnectionKeywords.Find(key) is not { } keyword)
            {
                // An unknown keyword may be the second half of a password with a semicolon; it is shown only where it is clearly a slip.
                failure = NearestName.Find(key, ConnectionKeywords.All) is { } nearest
                    ? $"has the unknown keyword \"{key}\". Did you mean \"{nearest}\"?"
                    : "has an unknown keyword, not shown here because it may be a part of a password. Use the keywords of Npgsql (Host, Port, Database, Username, Password, SSL Mode, ...), and put a value that contains ; into quotes.";
                return false;
            }
            settings.Add(new(keyword, generic[key].ToString() ?? ""));
        }
        return true;
    }

    private static bool TryBuild(List<KeyValuePair<string, string>> settings, [NotNullWhen(true)] out NpgsqlConnectionStringBuilder? builder, [NotNullWhen(false)] out string? failure)
    {
        builder = null;
        failure = null;
        var result = new NpgsqlConnectionStringBuilder();
        foreach (var (keyword, value) in settings)
        {
            try
            {
                result[keyword] = value;
            }
            catch (Exception exception) when (exception is ArgumentException or FormatException or OverflowException or NotSupportedException or InvalidCastException)
            {
                failure = $"has a value for \"{keyword}\" that it cannot have{Describe(keyword, value)}. See the Npgsql documentation of connection string parameters.";
                return false;
            }
        }

        if (string.IsNullOrWhiteSpace(result.Host))
        {
            failure = "names no host, and there is no default host. Add Host=..., or the host to the URI.";
            return false;
        }
        if (result.Multiplexing)
        {
            failure = "switches Multiplexing on, which has no prepared statements and no COPY. Remove it.";
            return false;
        }

        ConnectionDefaults.Apply(result, settings.Select(s => s.Key).ToHashSet(StringComparer.OrdinalIgnoreCase));
        builder = result;
        return true;
    }

    private static string Describe(string keyword, string value) => keyword switch
    {
        "Password" or "SSL Password" => "",
        "SSL Mode" => $" (\"{value}\"): Disable, Allow, Prefer, Require, VerifyCA or VerifyFull",
        _ => $" (\"{value}\")",
    };
}
