using HybridSession.LocalPostgres;
using Npgsql;
using Xunit;

namespace HybridSession.EndToEnd.Tests.Storefront;

/// <summary>One PostgreSQL for a class of tests, which may be stopped; each test takes a database of its own.</summary>
public sealed class ShopServer : IAsyncLifetime
{
    private LocalPostgresServer? _server;
    private string? _absent;
    private int _databases;

    internal LocalPostgresServer Postgres => _server ?? throw new InvalidOperationException("No server was started.");

    public async ValueTask InitializeAsync()
    {
        try
        {
            _server = await LocalPostgresServer.StartAsync(LocalPostgresOptions.ForTests(control: true));
        }
        catch (LocalPostgresException e)
        {
            _absent = e.Message;
        }
    }

    /// <summary>A new, empty database. Skips the test where there is no server.</summary>
    public Task<string> DatabaseAsync()
    {
        PostgresNeeded.Need(_absent is null, _absent ?? "");
        return Postgres.CreateDatabaseAsync($"shop_{Interlocked.Increment(ref _databases)}");
    }

    internal static async Task<T?> ScalarAsync<T>(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync() is T value ? value : default;
    }

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;
}
