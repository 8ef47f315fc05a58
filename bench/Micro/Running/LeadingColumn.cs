using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace HybridSession.Bench.Micro.Running;

/// <summary>A column before the times: ratios are what can be compared.</summary>
internal abstract class LeadingColumn(string name, string legend, int place) : IColumn
{
    protected const string None = "-";

    public string Id => GetType().Name + ColumnName;

    public string ColumnName { get; } = name;

    public string Legend { get; } = legend;

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Params;

    // After the parameters, which have 0.
    public int PriorityInCategory { get; } = place;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public bool IsAvailable(Summary summary) => true;

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public abstract string GetValue(Summary summary, BenchmarkCase benchmarkCase);

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

    public override string ToString() => ColumnName;

    protected static double? MeanOf(Summary summary, BenchmarkCase? benchmarkCase) =>
        benchmarkCase is null ? null : summary[benchmarkCase]?.ResultStatistics?.Mean;

    protected static BenchmarkCase? BaselineOf(Summary summary, BenchmarkCase benchmarkCase) =>
        summary.GetBaseline(summary.GetLogicalGroupKey(benchmarkCase) ?? "");
}
