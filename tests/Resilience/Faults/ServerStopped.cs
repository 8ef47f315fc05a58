using HybridSession.LocalPostgres;

namespace HybridSession.Resilience.Faults;

/// <summary>PostgreSQL is stopped and later started again; it accepts connections when <see cref="HealAsync"/> returns.</summary>
/// <param name="server">The server.</param>
/// <param name="immediate">As a crash, with recovery at the start; otherwise in good order.</param>
internal sealed class ServerStopped(LocalPostgresServer server, bool immediate) : IFault
{
    private bool _isStopped;

    public async Task StartAsync()
    {
        await server.StopAsync(immediate);
        _isStopped = true;
    }

    public async Task HealAsync()
    {
        await server.StartAgainAsync();
        _isStopped = false;
    }

    public async ValueTask DisposeAsync()
    {
        if (_isStopped) await HealAsync();
    }
}
