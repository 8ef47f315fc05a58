using Microsoft.Extensions.Options;

namespace HybridSession.Middleware;

/// <summary>Applies what was configured for the engine, by those who know no ASP.NET Core: both are one object.</summary>
internal sealed class EngineOptionsSetup(IEnumerable<IConfigureOptions<SessionEngineOptions>> setups) : IConfigureOptions<HybridSessionOptions>
{
    public void Configure(HybridSessionOptions options)
    {
        foreach (var setup in setups) setup.Configure(options);
    }
}
