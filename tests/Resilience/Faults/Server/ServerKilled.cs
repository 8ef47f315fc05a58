using HybridSession.LocalPostgres;

namespace HybridSession.Resilience.Faults.Server;

/// <summary>PostgreSQL's first process is killed, and later it is started again.</summary>
internal sealed class ServerKilled(LocalPostgresServer server) : IFault
{
    private bool _isDown;

    public async Task StartAsync()
    {
        await server.KillAsync();
        _isDown = true;
    }

    public async Task HealAsync()
    {
        await server.StartAgainAsync();
        _isDown = false;
    }

    public async ValueTask DisposeAsync()
    {
        if (_isDown) await HealAsync();
    }
}
