using System.Globalization;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace HybridSession.Bench.Micro.Running;

/// <summary>What a row takes beyond the baseline row: the layer alone.</summary>
internal sealed class LayerTimeColumn() : LeadingColumn("Layer", "Mean time of the row - mean time of the baseline row", 11)
{
    public override string GetValue(Summary summary, BenchmarkCase benchmarkCase) =>
        MeanOf(summary, benchmarkCase) - MeanOf(summary, BaselineOf(summary, benchmarkCase)) is { } nanoseconds
            ? string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1000:0.00} μs")
            : None;
}

/// <summary>What a row allocates beyond the baseline row.</summary>
internal sealed class LayerBytesColumn() : LeadingColumn("Layer bytes", "Allocated bytes of the row - those of the baseline row, by the whole process: a flush in the background is in it", 12)
{
    public override string GetValue(Summary summary, BenchmarkCase benchmarkCase) =>
        BytesOf(summary, benchmarkCase) - BytesOf(summary, BaselineOf(summary, benchmarkCase)) is { } bytes
            ? string.Create(CultureInfo.InvariantCulture, $"{bytes} B")
            : None;

    private static long? BytesOf(Summary summary, BenchmarkCase? benchmarkCase) =>
        benchmarkCase is null ? null : summary[benchmarkCase]?.GcStats.GetBytesAllocatedPerOperation(benchmarkCase);
}
