using System.Globalization;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace HybridSession.Bench.Micro.Running;

/// <summary>Time against the baseline row of the group.</summary>
internal sealed class RatioColumn() : LeadingColumn("Time ÷ baseline", "Mean time of the row / mean time of the baseline row of its group, measured one after the other", 10)
{
    public override string GetValue(Summary summary, BenchmarkCase benchmarkCase) =>
        MeanOf(summary, benchmarkCase) / MeanOf(summary, BaselineOf(summary, benchmarkCase)) is { } ratio
            ? ratio.ToString(ratio < 0.1 ? "0.0000" : "0.00", CultureInfo.InvariantCulture)
            : None;
}
