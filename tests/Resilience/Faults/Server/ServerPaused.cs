using HybridSession.LocalPostgres;

namespace HybridSession.Resilience.Faults.Server;

/// <summary>All processes of PostgreSQL stand still; connections stay open and nothing answers.</summary>
internal sealed class ServerPaused(LocalPostgresServer server) : IFault
{
    public Task StartAsync() => server.PauseAsync();

    public Task HealAsync() => server.ResumeAsync();

    public async ValueTask DisposeAsync() => await server.ResumeAsync();
}
