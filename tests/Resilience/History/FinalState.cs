namespace HybridSession.Resilience.History;

/// <summary>What one token opens after a cold start.</summary>
/// <param name="Session">The logical session.</param>
/// <param name="Generation">Which of its tokens.</param>
/// <param name="IsCurrent">The last token that its clients hold.</param>
/// <param name="Registers">Null: it opens nothing.</param>
internal sealed record FinalRead(int Session, int Generation, bool IsCurrent, IReadOnlyDictionary<string, long>? Registers);

/// <summary>Every session read cold, by every token that its clients ever held.</summary>
internal sealed record FinalState(IReadOnlyList<FinalRead> Reads)
{
    /// <summary>By session, what its current token opens; null where it opens nothing.</summary>
    public IReadOnlyDictionary<int, IReadOnlyDictionary<string, long>?> Current { get; } = Reads.Where(r => r.IsCurrent).ToDictionary(r => r.Session, r => r.Registers);
}
