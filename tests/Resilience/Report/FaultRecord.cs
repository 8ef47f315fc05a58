using System.Text.Json;
using System.Text.Json.Serialization;
using HybridSession.Resilience.History;
using HybridSession.Resilience.Scenarios;

namespace HybridSession.Resilience.Report;

/// <summary>What one scenario measured; a file of its own under <c>artifacts/resilience</c>.</summary>
internal sealed record FaultRecord
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, Converters = { new JsonStringEnumConverter() } };

    public required string Row { get; init; }

    public required string Fault { get; init; }

    public required string Expected { get; init; }

    public required string Test { get; init; }

    public required Durability Level { get; init; }

    /// <summary>quick or long.</summary>
    public required string Length { get; init; }

    /// <summary>How often the fault happened.</summary>
    public required int Rounds { get; init; }

    /// <summary>Sets that were acknowledged.</summary>
    public required long Acknowledged { get; init; }

    /// <summary>Acknowledged sets that are not there and were not superseded.</summary>
    public required long Missing { get; init; }

    /// <summary>How long before its crash the oldest missing set was acknowledged, in milliseconds; 0 when none is missing.</summary>
    public required double OldestMissing { get; init; }

    /// <summary>Sessions that the site reported as lost.</summary>
    public required long Reported { get; init; }

    /// <summary>In milliseconds.</summary>
    public required double Slowest { get; init; }

    public required long Requests { get; init; }

    /// <summary>Requests that failed or stayed unanswered.</summary>
    public required long Errors { get; init; }

    /// <summary>From the end of the fault until everything from before was stored, in seconds; null where it has no meaning.</summary>
    public double? Recovery { get; init; }

    public long Stored => Acknowledged - Missing;

    public static string Folder => Path.Combine(Repository.Root, "artifacts", "resilience");

    public static FaultRecord Of(FaultRow row, int rounds, IReadOnlyList<CheckResult> results, long reported, TimeSpan? recovery) => new()
    {
        Row = row.Id,
        Fault = row.Fault,
        Expected = row.Expected,
        Test = row.Test,
        Level = row.Level,
        Length = Resilience.Length.Name,
        Rounds = rounds,
        Acknowledged = results.Sum(r => r.Acknowledged),
        Missing = results.Sum(r => r.Missing),
        OldestMissing = results.Max(r => r.OldestMissing).TotalMilliseconds,
        Reported = reported,
        Slowest = results.Max(r => r.Slowest).TotalMilliseconds,
        Requests = results.Sum(r => r.Requests),
        Errors = results.Sum(r => r.Errors),
        Recovery = recovery?.TotalSeconds,
    };

    public void Write()
    {
        Directory.CreateDirectory(Folder);
        File.WriteAllText(Path.Combine(Folder, $"{Row}.{Level}.json"), JsonSerializer.Serialize(this, Json));
    }

    public static IReadOnlyList<FaultRecord> ReadAll() =>
        Directory.Exists(Folder) ? [.. Directory.GetFiles(Folder, "*.json").Select(f => JsonSerializer.Deserialize<FaultRecord>(File.ReadAllText(f), Json)!)] : [];
}
