using Npgsql;

namespace HybridSession.LocalPostgres;

/// <summary>Reads <c>postgres://user:password@host:port/database?Key=value</c>; anything else is taken for Npgsql keywords.</summary>
public static class ConnectionUri
{
    /// <summary>The keyword form of either form.</summary>
    /// <exception cref="LocalPostgresException">The text is neither.</exception>
    public static string ToKeywords(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            if (!text.StartsWith("postgres://", StringComparison.Ordinal) && !text.StartsWith("postgresql://", StringComparison.Ordinal))
                return new NpgsqlConnectionStringBuilder(text).ConnectionString;

            var uri = new Uri(text);
            var builder = new NpgsqlConnectionStringBuilder { Host = uri.Host, Port = uri.Port > 0 ? uri.Port : 5432 };
            var login = uri.UserInfo.Split(':', 2);
            if (login[0].Length > 0) builder.Username = Uri.UnescapeDataString(login[0]);
            if (login.Length == 2) builder.Password = Uri.UnescapeDataString(login[1]);
            if (uri.AbsolutePath.Length > 1) builder.Database = Uri.UnescapeDataString(uri.AbsolutePath[1..]);
            foreach (var pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
            {
                var parts = pair.Split('=', 2);
                builder[Uri.UnescapeDataString(parts[0]) is "sslmode" ? "SSL Mode" : Uri.UnescapeDataString(parts[0])] = Uri.UnescapeDataString(parts.ElementAtOrDefault(1) ?? "");
            }

            return builder.ConnectionString;
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            // The text may hold a password, so it is not repeated.
            throw new LocalPostgresException("The connection string is neither a postgres:// address nor a list of Npgsql keywords. Write it like \"Host=localhost;Username=app;Password=...;Database=shop\".", e);
        }
    }
}
