using Npgsql;
using Xunit;

namespace HybridSession.Postgres.Tests;

/// <summary>The one place where tests get their server from.</summary>
internal static class PostgresFixture
{
    private const string Variable = "HYBRIDSESSION_POSTGRES";

    /// <summary>The connection string of a superuser of a server that belongs to the tests. Skips the test where there is none, and fails it where CI is set.</summary>
    public static Task<string> GetConnectionStringAsync()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } connectionString) return Task.FromResult(connectionString);

        var reason = $"No PostgreSQL: set {Variable} to the connection string of a superuser of a throw-away server.";
        if (Environment.GetEnvironmentVariable("CI") is { Length: > 0 }) throw new InvalidOperationException(reason);
        Assert.Skip(reason);
        throw new InvalidOperationException(reason);
    }

    public static async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(await GetConnectionStringAsync());
        await connection.OpenAsync();
        return connection;
    }
}
