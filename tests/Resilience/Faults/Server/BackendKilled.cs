using HybridSession.LocalPostgres;

namespace HybridSession.Resilience.Faults.Server;

/// <summary>The process behind one connection of the site is killed; PostgreSQL ends all others and recovers by itself.</summary>
internal sealed class BackendKilled(LocalPostgresServer server, string connectionString) : IFault
{
    public async Task StartAsync() => await server.KillBackendAsync(await Sql.ScalarAsync<int>(connectionString, $"select pid {Sql.SiteBackends} order by state = 'active' desc limit 1"));

    public Task HealAsync() => Until.TrueAsync(() => Sql.WritesAsync(connectionString), "The server's recovery", TimeSpan.FromSeconds(60));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
