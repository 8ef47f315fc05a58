using Microsoft.Extensions.Options;

namespace HybridSession.Doctor;

/// <summary>Looks at the engine's settings.</summary>
internal sealed class EngineProbe(IOptions<SessionEngineOptions> options) : IStartupProbe
{
    public ValueTask<IReadOnlyList<ProbeFinding>> ExamineAsync(CancellationToken cancellationToken) =>
        new([.. EngineFindings.Of(options.Value, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)]);
}
