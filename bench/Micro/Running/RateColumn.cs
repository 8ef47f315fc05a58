using System.Globalization;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace HybridSession.Bench.Micro.Running;

/// <summary>Operations a second, by the median iteration.</summary>
internal sealed class RateColumn(string unit) : LeadingColumn($"{unit}/s", "1 s / median time of one operation", 30)
{
    public override string GetValue(Summary summary, BenchmarkCase benchmarkCase) =>
        summary[benchmarkCase]?.ResultStatistics?.Median is { } nanoseconds
            ? (1e9 / nanoseconds).ToString("N0", CultureInfo.InvariantCulture)
            : None;
}
