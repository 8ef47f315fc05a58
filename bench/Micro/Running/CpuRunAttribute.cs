using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace HybridSession.Bench.Micro.Running;

/// <summary>A class whose operations take nanoseconds to microseconds and wait for nobody.</summary>
/// <remarks>In this process: one build, and the internals of the product are reachable. <c>run.sh</c> gives each class a process of its own.</remarks>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class CpuRunAttribute : Attribute, IConfigSource
{
    public IConfig Config { get; } = ManualConfig.CreateEmpty()
        .AddJob(Job())
        .AddColumn(new RatioColumn(), StatisticColumn.Mean, StatisticColumn.StdDev, StatisticColumn.Min)
        .AddLogicalGroupRules(BenchmarkLogicalGroupRule.ByCategory, BenchmarkLogicalGroupRule.ByParams);

    private static Job Job()
    {
        var job = new Job(RunLengths.Current.ToString()).WithToolchain(InProcessEmitToolchain.Instance);
        return RunLengths.Current switch
        {
            RunLength.Full => job.WithWarmupCount(6).WithIterationCount(12).WithIterationTime(TimeInterval.FromMilliseconds(200)),
            RunLength.Short => job.WithWarmupCount(2).WithIterationCount(4).WithIterationTime(TimeInterval.FromMilliseconds(100)),
            _ => job.WithStrategy(RunStrategy.ColdStart).WithWarmupCount(1).WithIterationCount(1).WithInvocationCount(1).WithUnrollFactor(1),
        };
    }
}
