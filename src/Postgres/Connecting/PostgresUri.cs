using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using HybridSession.Configuration;

namespace HybridSession.Postgres.Connecting;

/// <summary>
/// Reads <c>postgres://user:password@host1:5432,[::1]:5433/database?sslmode=require</c>, every part percent-decoded, into Npgsql keywords.
/// Not <see cref="Uri"/>: that knows one host, and is silent about the mistakes people make with passwords.
/// </summary>
internal static class PostgresUri
{
    private const string EncodeAdvice = "In a URI a password must be percent-encoded: @ as %40, / as %2F, # as %23, ? as %3F, : as %3A, % as %25.";

    public static bool IsUri(string text) =>
        text.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase);

    public static bool TryParse(string text, out List<KeyValuePair<string, string>> settings, [NotNullWhen(false)] out string? failure)
    {
        settings = [];
        var rest = text[(text.IndexOf("://", StringComparison.Ordinal) + 3)..];
        var end = rest.AsSpan().IndexOfAny('/', '?', '#');
        var authority = end < 0 ? rest : rest[..end];
        var tail = end < 0 ? "" : rest[end..];

        failure = FindUnencoded(authority, tail);
        if (failure is not null) return false;

        var at = authority.IndexOf('@', StringComparison.Ordinal);
        var question = tail.IndexOf('?', StringComparison.Ordinal);
        var database = (question < 0 ? tail : tail[..question]).TrimStart('/');
        return (at < 0 || TryReadUser(authority[..at], settings, out failure))
            && TryReadHosts(authority[(at + 1)..], settings, out failure)
            && TryAdd("Database", database, "the database", settings, out failure)
            && (question < 0 || TryReadQuery(tail[(question + 1)..], settings, out failure));
    }

    // A second @, an @ behind the first slash, or any #, is a password that was pasted as it is.
    private static string? FindUnencoded(string authority, string tail)
    {
        if (authority.Count(c => c == '@') > 1) return $"has more than one @ before the host. {EncodeAdvice}";
        if (tail.Contains('#', StringComparison.Ordinal)) return $"contains #, which a URI cannot hold. {EncodeAdvice}";
        var question = tail.IndexOf('?', StringComparison.Ordinal);
        var path = question < 0 ? tail : tail[..question];
        if (!authority.Contains('@', StringComparison.Ordinal) && (path.Contains('@', StringComparison.Ordinal) || tail.StartsWith('?') && tail.Contains('@', StringComparison.Ordinal)))
            return $"has / or ? before the @ that ends the user and password. {EncodeAdvice}";
        return path.AsSpan().TrimStart('/').Contains('/') ? $"has more than one / after the host. A database name with / is written with %2F. {EncodeAdvice}" : null;
    }

    private static bool TryReadUser(string user, List<KeyValuePair<string, string>> settings, [NotNullWhen(false)] out string? failure)
    {
        var colon = user.IndexOf(':', StringComparison.Ordinal);
        return TryAdd("Username", colon < 0 ? user : user[..colon], "the user", settings, out failure)
            && (colon < 0 || TryAdd("Password", user[(colon + 1)..], "the password", settings, out failure));
    }

    private static bool TryReadHosts(string text, List<KeyValuePair<string, string>> settings, [NotNullWhen(false)] out string? failure)
    {
        failure = null;
        if (text.Length == 0) return true;

        var hosts = new List<string>();
        var ports = new List<string?>();
        foreach (var part in text.Split(','))
        {
            // Not split at the colons of an IPv6 address, which stands in brackets.
            var close = part.StartsWith('[') ? part.IndexOf(']', StringComparison.Ordinal) : -1;
            if (part.StartsWith('[') && close < 0)
            {
                failure = "has an IPv6 address without its closing bracket. Write [::1]:5432.";
                return false;
            }
            var colon = part.IndexOf(':', close + 1);
            var host = close > 0 ? part[1..close] : colon < 0 ? part : part[..colon];
            var port = colon < 0 ? null : part[(colon + 1)..];
            if (port is not null && (!int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > 65535))
            {
                // What stands there may be a password whose @ is missing, so it is not shown.
                failure = $"has a port that is not a number from 1 to 65535. Write host:5432; an IPv6 address stands in brackets. {EncodeAdvice}";
                return false;
            }
            if (!TryDecode(host, out var decoded))
            {
                failure = "has a % in the host that begins no percent-encoded character.";
                return false;
            }
            hosts.Add(decoded);
            ports.Add(port);
        }

        if (hosts.Count == 1)
        {
            if (hosts[0].Length > 0) settings.Add(new("Host", hosts[0]));
            if (ports[0] is { } only) settings.Add(new("Port", only));
            return true;
        }
        settings.Add(new("Host", string.Join(',', hosts.Zip(ports, static (host, port) => port is null ? host : host.Contains(':', StringComparison.Ordinal) ? $"[{host}]:{port}" : $"{host}:{port}"))));
        return true;
    }

    private static bool TryReadQuery(string query, List<KeyValuePair<string, string>> settings, [NotNullWhen(false)] out string? failure)
    {
        failure = null;
        foreach (var part in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (!TryDecode(equals < 0 ? part : part[..equals], out var name) || ConnectionKeywords.Find(name) is not { } keyword)
            {
                failure = NearestName.Find(name ?? "", [.. ConnectionKeywords.UriParameters, .. ConnectionKeywords.All]) is { } nearest
                    ? $"has the unknown parameter \"{name}\". Did you mean \"{nearest}\"?"
                    : $"has an unknown parameter, not shown here because it may be a part of a password. The usual ones are {string.Join(", ", ConnectionKeywords.UriParameters.Take(5))}; any keyword of Npgsql works too. {EncodeAdvice}";
                return false;
            }
            var value = equals < 0 ? "" : part[(equals + 1)..];
            if (keyword == "SSL Mode") value = value.Replace("-", "", StringComparison.Ordinal);
            if (!TryAdd(keyword, value, $"the parameter \"{name}\"", settings, out failure)) return false;
        }
        return true;
    }

    private static bool TryAdd(string keyword, string text, string what, List<KeyValuePair<string, string>> settings, [NotNullWhen(false)] out string? failure)
    {
        failure = null;
        if (text.Length == 0) return true;
        if (!TryDecode(text, out var value))
        {
            failure = $"has a % in {what} that begins no percent-encoded character. {EncodeAdvice}";
            return false;
        }
        settings.Add(new(keyword, value));
        return true;
    }

    // Uri.UnescapeDataString leaves a lone % as it is; here it is a mistake that would surface as a wrong password.
    private static bool TryDecode(string text, [NotNullWhen(true)] out string? decoded)
    {
        decoded = null;
        for (var i = text.IndexOf('%', StringComparison.Ordinal); i >= 0; i = text.IndexOf('%', i + 1))
        {
            if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2])) return false;
        }
        decoded = Uri.UnescapeDataString(text);
        return true;
    }
}
