namespace HybridSession.Resilience.History;

/// <summary>A promise that was not kept.</summary>
/// <param name="Check">C1 to C9; the README says which is which.</param>
/// <param name="What">What was seen, with the numbers to look for in the history.</param>
internal sealed record Violation(string Check, string What)
{
    public override string ToString() => $"{Check}: {What}";
}
