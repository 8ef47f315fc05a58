namespace HybridSession.Resilience.History;

/// <summary>What the checker says about a scenario.</summary>
/// <param name="Violations">Promises not kept.</param>
/// <param name="Acknowledged">Sets that were acknowledged.</param>
/// <param name="Missing">Those of them that are not there, excused or not.</param>
/// <param name="OldestMissing">How long before its crash the oldest missing set was acknowledged.</param>
/// <param name="Slowest">The slowest request.</param>
/// <param name="Requests">All requests but probes.</param>
/// <param name="Errors">Those of them that failed or stayed unanswered.</param>
internal sealed record CheckResult(IReadOnlyList<Violation> Violations, long Acknowledged, long Missing, TimeSpan OldestMissing, TimeSpan Slowest, long Requests, long Errors);
