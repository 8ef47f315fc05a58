namespace HybridSession.Doctor;

/// <summary>Says what the in-memory store is.</summary>
internal sealed class MemoryStoreProbe : IStartupProbe
{
    public ValueTask<IReadOnlyList<ProbeFinding>> ExamineAsync(CancellationToken cancellationToken) =>
        new([ProbeFinding.Good("store", "The memory of this process, as chosen: a restart ends every session, and no other node sees them.")]);
}
