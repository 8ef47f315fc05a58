using Npgsql;

namespace HybridSession.Resilience.Faults.Database;

/// <summary>Another program takes every connection that the site's role may have, those of the site included.</summary>
internal sealed class ConnectionHog(string connectionString, SiteRole role) : IFault
{
    private const int Most = 12;

    private readonly List<NpgsqlConnection> _connections = [];

    public async Task StartAsync()
    {
        await Sql.ExecuteAsync(connectionString, $"alter role {role.Name} connection limit {Most}");
        await Until.TrueAsync(async () =>
        {
            while (await TryTakeAsync())
            {
            }

            await Sql.ExecuteAsync(connectionString, $"select pg_terminate_backend(pid) {Sql.SiteBackends}");
            return _connections.Count == Most;
        }, "The last connection", TimeSpan.FromSeconds(30));
    }

    public async Task HealAsync()
    {
        foreach (var connection in _connections) await connection.DisposeAsync();
        _connections.Clear();
    }

    public async ValueTask DisposeAsync() => await HealAsync();

    private async Task<bool> TryTakeAsync()
    {
        try
        {
            _connections.Add(await Sql.OpenAsync(role.Use(connectionString)));
            return true;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.TooManyConnections)
        {
            return false;
        }
    }
}
