using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace HybridSession.Middleware;

/// <summary>Looks at the time that the host gives a shutdown.</summary>
internal sealed class ShutdownProbe(IOptions<HostOptions> host, IOptions<HybridSessionOptions> options) : IStartupProbe
{
    public ValueTask<IReadOnlyList<ProbeFinding>> ExamineAsync(CancellationToken cancellationToken) =>
        new([ShutdownFindings.Of(host.Value.ShutdownTimeout, options.Value)]);
}
