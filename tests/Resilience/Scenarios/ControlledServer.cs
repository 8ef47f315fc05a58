using HybridSession.LocalPostgres;

namespace HybridSession.Resilience.Scenarios;

/// <summary>One PostgreSQL for all scenarios, which may be stopped and frozen, started when the first asks for it; each takes a database of its own.</summary>
public sealed class ControlledServer : IAsyncDisposable
{
    // After a crash the server syncs every file of all databases one by one, which takes seconds here; one call for the whole file system is as safe.
    private readonly Lazy<Task<LocalPostgresServer>> _server = new(static () => LocalPostgresServer.StartAsync(
        new LocalPostgresOptions { PreferDocker = true, Control = true, Settings = ["recovery_init_sync_method = syncfs"] }));
    private int _databases;

    internal LocalPostgresServer Postgres => _server is { IsValueCreated: true, Value: { IsCompletedSuccessfully: true } started } ? started.Result : throw new InvalidOperationException("No server was started.");

    /// <summary>A new, empty database. Where there is no server, skips the test, and fails it where CI is set.</summary>
    internal async Task<string> NewDatabaseAsync()
    {
        try
        {
            var server = await _server.Value;
            return await server.CreateDatabaseAsync($"site_{Interlocked.Increment(ref _databases)}");
        }
        catch (LocalPostgresException e) when (Environment.GetEnvironmentVariable("CI") is null or "" or "false")
        {
            Assert.Skip(e.Message);
            throw;
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_server is { IsValueCreated: true, Value.IsCompletedSuccessfully: true }) await Postgres.DisposeAsync();
    }
}
