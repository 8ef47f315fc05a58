using System.Text.Json;
using HybridSession.Resilience.Report;

namespace HybridSession.Cluster.Comparison;

/// <summary>What several nodes cost; <c>artifacts/cluster-comparison.json</c>.</summary>
internal sealed record ComparisonRecord
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    /// <summary>quick or long.</summary>
    public required string Length { get; init; }

    /// <summary>Every request changes its session.</summary>
    public required Rates Changes { get; init; }

    /// <summary>No request changes anything.</summary>
    public required Rates Reads { get; init; }

    /// <summary>A change on the node that made the last one, one request at a time.</summary>
    public required Percentiles Stay { get; init; }

    /// <summary>A change on another node than the last one, within <c>MaxDirtyAge</c> of it.</summary>
    public required Percentiles Hop { get; init; }

    /// <summary>A change on the same node that waits for its commit.</summary>
    public required Percentiles Durable { get; init; }

    public static string File => Path.Combine(Repository.Root, "artifacts", "cluster-comparison.json");

    public void Write()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        System.IO.File.WriteAllText(File, JsonSerializer.Serialize(this, Json));
    }

    public static ComparisonRecord Read() => JsonSerializer.Deserialize<ComparisonRecord>(System.IO.File.ReadAllText(File), Json)!;
}
