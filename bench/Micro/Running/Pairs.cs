using BenchmarkDotNet.Running;

namespace HybridSession.Bench.Micro.Running;

/// <summary>
/// Ratios of rates between a benchmark and its references, each taken within one iteration. Filled by the benchmarks, read by <see cref="PairedColumn"/>,
/// which is possible because both run in this process.
/// </summary>
internal static class Pairs
{
    private static readonly Dictionary<(string Case, string Reference), List<double>> Ratios = [];

    public static void Add(string caseName, string reference, double ratio)
    {
        if (!Ratios.TryGetValue((caseName, reference), out var list)) Ratios[(caseName, reference)] = list = [];
        list.Add(ratio);
    }

    public static IReadOnlyList<double> Of(BenchmarkCase benchmarkCase, string reference) =>
        Ratios.TryGetValue((NameOf(benchmarkCase), reference), out var list) ? list : [];

    /// <summary>The name of a case, as <see cref="NameOf(BenchmarkCase)"/> makes it.</summary>
    public static string NameOf(Type type, string method, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        var parts = new List<string>();
        foreach (var (name, value) in parameters) parts.Add($"{name}={value}");
        parts.Sort(StringComparer.Ordinal);
        return $"{type.Name}.{method} {string.Join(' ', parts)}";
    }

    private static string NameOf(BenchmarkCase benchmarkCase) => NameOf(
        benchmarkCase.Descriptor.Type,
        benchmarkCase.Descriptor.WorkloadMethod.Name,
        [.. benchmarkCase.Parameters.Items.Select(item => (item.Name, item.Value))]);
}
