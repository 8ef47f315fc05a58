using System.Text.Json;
using System.Text.Json.Serialization;
using HybridSession.Cluster.History;
using HybridSession.Resilience;
using HybridSession.Resilience.History;
using HybridSession.Resilience.Report;

namespace HybridSession.Cluster.Report;

/// <summary>What one scenario counted; a file of its own under <c>artifacts/cluster</c>.</summary>
internal sealed record ClusterRecord
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, Converters = { new JsonStringEnumConverter() } };

    public required string Test { get; init; }

    public required Durability Level { get; init; }

    /// <summary>quick or long.</summary>
    public required string Length { get; init; }

    public required int Browsers { get; init; }

    public required long Requests { get; init; }

    /// <summary>Responses without something that their client had been acknowledged before, and without a word about it.</summary>
    public required long Stale { get; init; }

    /// <summary>Acknowledged changes that a cold read at the end does not show.</summary>
    public required long Missing { get; init; }

    /// <summary>How long before its crash the oldest of them was acknowledged, in milliseconds; 0 when none is missing.</summary>
    public required double OldestMissing { get; init; }

    /// <summary>Clients that had a session and were told that there is none.</summary>
    public required long SignOuts { get; init; }

    /// <summary>Requests that failed or stayed unanswered.</summary>
    public required long Errors { get; init; }

    /// <summary>Responses that told their client of a loss.</summary>
    public required long Reported { get; init; }

    /// <summary>In milliseconds.</summary>
    public required double Slowest { get; init; }

    public static string Folder => Path.Combine(Repository.Root, "artifacts", "cluster");

    public static ClusterRecord Of(string test, Durability level, CheckResult result, IReadOnlyList<Operation> operations)
    {
        // Each request is a read and a set.
        var requests = operations.Where(o => o.Kind == OperationKind.Read).ToList();
        return new ClusterRecord
        {
            Test = test,
            Level = level,
            Length = Resilience.Length.Name,
            Browsers = requests.Select(o => o.Session).Distinct().Count(),
            Requests = requests.Count,
            Stale = LossReports.Of(operations).Unreported.Count,
            Missing = result.Missing,
            OldestMissing = result.OldestMissing.TotalMilliseconds,
            SignOuts = requests.Count(o => o.Status == 409),
            Errors = requests.Count(o => o.Outcome != Outcome.Ok),
            Reported = requests.Count(o => o.Origin == "Lost"),
            Slowest = result.Slowest.TotalMilliseconds,
        };
    }

    public void Write()
    {
        Directory.CreateDirectory(Folder);
        File.WriteAllText(Path.Combine(Folder, $"{Test}.{Level}.json"), JsonSerializer.Serialize(this, Json));
    }

    public static IReadOnlyList<ClusterRecord> ReadAll() =>
        Directory.Exists(Folder) ? [.. Directory.GetFiles(Folder, "*.json").Order(StringComparer.Ordinal).Select(f => JsonSerializer.Deserialize<ClusterRecord>(File.ReadAllText(f), Json)!)] : [];
}
