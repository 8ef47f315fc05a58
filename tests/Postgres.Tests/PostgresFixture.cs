using HybridSession.LocalPostgres;
using HybridSession.Postgres.Tests.Poolers;
using Npgsql;
using Xunit;

[assembly: AssemblyFixture(typeof(HybridSession.Postgres.Tests.PostgresFixture))]

namespace HybridSession.Postgres.Tests;

/// <summary>The one place where tests get their server from: one for the whole run, made when a test first asks for it.</summary>
public sealed class PostgresFixture : IAsyncDisposable
{
    private static readonly Lazy<Task<LocalPostgresServer>> Server = new(static () => LocalPostgresServer.StartAsync(LocalPostgresOptions.ForTests()));

    /// <summary>The connection string of a superuser of a server that belongs to the tests. Skips the test where there is none, and fails it where CI is set.</summary>
    public static async Task<string> GetConnectionStringAsync()
    {
        try
        {
            return (await Server.Value).ConnectionString;
        }
        catch (LocalPostgresException exception) when (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")))
        {
            Assert.Skip(exception.Message);
            throw;
        }
    }

    internal static async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(await GetConnectionStringAsync());
        await connection.OpenAsync();
        return connection;
    }

    public async ValueTask DisposeAsync()
    {
        await PostgresStoreFixture.DropAllAsync();
        await PgBouncer.StopAsync();
        if (Server.IsValueCreated && Server.Value.IsCompletedSuccessfully) await (await Server.Value).DisposeAsync();
    }
}
