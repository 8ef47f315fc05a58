using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace HybridSession.Bench.Micro.Running;

/// <summary>
/// A class that works on a real PostgreSQL: one invocation is thousands of rows, and each iteration measures its references anew just before,
/// so that the ratios are taken between neighbours in time.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class DatabaseRunAttribute : Attribute, IConfigSource
{
    /// <param name="unit">What an operation is.</param>
    /// <param name="references">The names under which the class records its references.</param>
    public DatabaseRunAttribute(string unit, params string[] references) => Config = ManualConfig.CreateEmpty()
        .AddJob(Job())
        .AddColumn([.. references.Select(reference => new PairedColumn(reference))])
        .AddColumn(new RateColumn(unit), StatisticColumn.Median, StatisticColumn.StdDev);

    public IConfig Config { get; }

    private static Job Job()
    {
        var job = new Job(RunLengths.Current.ToString())
            .WithToolchain(InProcessEmitToolchain.Instance)
            .WithStrategy(RunStrategy.Monitoring).WithInvocationCount(1).WithUnrollFactor(1);
        return RunLengths.Current switch
        {
            RunLength.Full => job.WithWarmupCount(1).WithIterationCount(7),
            RunLength.Short => job.WithWarmupCount(1).WithIterationCount(3),
            _ => job.WithWarmupCount(0).WithIterationCount(1),
        };
    }
}
