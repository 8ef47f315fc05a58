using HybridSession.LocalPostgres;

namespace HybridSession.Resilience.Scenarios;

/// <summary>One PostgreSQL for all scenarios, which may be stopped and frozen, started when the first asks for it; each takes a database of its own.</summary>
public sealed class ControlledServer : IAsyncDisposable
{
    // After a crash the server syncs every file of all databases one by one, which takes seconds here; one call for the whole file system is as safe.
    // Binaries before a container: only a private server can be killed, filled up and copied.
    private readonly Lazy<Task<LocalPostgresServer>> _server = new(static () => LocalPostgresServer.StartAsync(
        new LocalPostgresOptions { Control = true, Settings = ["recovery_init_sync_method = syncfs"] }));
    private int _databases;

    internal LocalPostgresServer Postgres => _server is { IsValueCreated: true, Value: { IsCompletedSuccessfully: true } started } ? started.Result : throw new InvalidOperationException("No server was started.");

    /// <summary>A new, empty database. Where there is no server, skips the test, and fails it where CI is set.</summary>
    internal async Task<string> NewDatabaseAsync() => await (await StartedAsync()).CreateDatabaseAsync($"site_{Interlocked.Increment(ref _databases)}");

    /// <summary>Skips the test where the server came about in a way that cannot do what the test needs.</summary>
    internal async Task NeedsAsync(Func<LocalPostgresServer, bool> can, string what)
    {
        var server = await StartedAsync();
        Assert.SkipUnless(can(server), $"{server.Description} does not allow {what}.");
    }

    private async Task<LocalPostgresServer> StartedAsync()
    {
        try
        {
            return await _server.Value;
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
