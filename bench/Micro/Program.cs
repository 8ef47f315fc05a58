using BenchmarkDotNet.Running;
using HybridSession.Bench.Micro.Database;
using HybridSession.Bench.Micro.Running;

try
{
    if (args is ["facts"])
    {
        Console.WriteLine(await BenchPostgres.DescribeAsync());
        return 0;
    }

    if (args is ["peers"])
    {
        Console.WriteLine(await PeerRoundTrips.MeasureAsync());
        return 0;
    }

    var rest = RunLengths.Take(args);
    var summaries = BenchmarkSwitcher.FromAssembly(typeof(MicroConfig).Assembly).Run(rest, MicroConfig.Create()).ToArray();
    return summaries.All(summary => !summary.HasCriticalValidationErrors && summary.Reports.All(report => report.Success)) ? 0 : 1;
}
finally
{
    await SessionTable.CloseAllAsync();
    await BenchPostgres.StopAsync();
}
