using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace HybridSession.Middleware;

/// <summary>Looks at the cookie's settings, where a cookie carries the token.</summary>
internal sealed class CookieProbe(IOptions<HybridSessionOptions> options, ISessionTokenTransport transport, IHostEnvironment? environment = null) : IStartupProbe
{
    public ValueTask<IReadOnlyList<ProbeFinding>> ExamineAsync(CancellationToken cancellationToken) => new(Findings());

    private IReadOnlyList<ProbeFinding> Findings()
    {
        if (!options.Value.Enabled) return [ProbeFinding.Good("sessions", "Switched off (HybridSession:Enabled is false).")];
        if (transport is not CookieTokenTransport) return [ProbeFinding.Good("transport", $"The token travels as {transport.GetType().Name} has it.")];
        return CookieFindings.Of(options.Value.Cookie, environment?.IsDevelopment() ?? false);
    }
}
