using HybridSession.LocalPostgres;

namespace HybridSession.Resilience.Faults.Server;

/// <summary>A setting of the whole server is changed, and later set back.</summary>
internal sealed class SettingChanged(LocalPostgresServer server, string name, string value) : IFault
{
    private bool _isChanged;

    public async Task StartAsync()
    {
        await server.ConfigureAsync(name, value);
        _isChanged = true;
    }

    public async Task HealAsync()
    {
        await server.ConfigureAsync(name, null);
        _isChanged = false;
    }

    public async ValueTask DisposeAsync()
    {
        if (_isChanged) await HealAsync();
    }
}
