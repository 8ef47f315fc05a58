using System.Globalization;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace HybridSession.Bench.Micro.Running;

/// <summary>How many times the rate of a reference; the median of the iterations, and the lowest and highest.</summary>
internal sealed class PairedColumn(string reference)
    : LeadingColumn($"× {reference}", $"Rate of the row / rate of \"{reference}\", measured just before in the same iteration: median (lowest-highest) over the iterations", 20)
{
    public override string GetValue(Summary summary, BenchmarkCase benchmarkCase)
    {
        var ratios = Pairs.Of(benchmarkCase, reference).Skip(benchmarkCase.Job.Run.WarmupCount).Order().ToArray();
        return ratios is []
            ? None
            : $"**{Text(Median(ratios))}** ({Text(ratios[0])}-{Text(ratios[^1])})";
    }

    private static double Median(double[] sorted) => (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;

    private static string Text(double ratio) => ratio.ToString(ratio switch { >= 10 => "0", >= 0.1 => "0.00", _ => "0.0000" }, CultureInfo.InvariantCulture);
}
