using System.Globalization;
using Npgsql;

namespace HybridSession.Postgres.Connecting;

/// <summary>Where a connection goes, for messages. Holds no password.</summary>
internal sealed record ConnectionTarget(string Server, string Database, string User, string SslMode)
{
    public static ConnectionTarget Of(NpgsqlDataSource dataSource)
    {
        var builder = new NpgsqlConnectionStringBuilder(dataSource.ConnectionString);
        var host = builder.Host ?? "";
        var user = builder.Username ?? Environment.UserName;
        var server = host.Contains(',', StringComparison.Ordinal) ? host : string.Create(CultureInfo.InvariantCulture, $"{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{builder.Port}");
        return new ConnectionTarget(server, builder.Database ?? user, user, builder.SslMode.ToString());
    }
}
