using BenchmarkDotNet.Attributes;
using HybridSession.Bench.Micro.Hosting;
using HybridSession.Bench.Micro.Running;
using HybridSession.Bench.Micro.Sessions;
using Microsoft.AspNetCore.Http;

namespace HybridSession.Bench.Micro.Benchmarks;

/// <summary>
/// What does the session add to a request that finds it in memory: the whole pipeline without sockets, 10,000 visitors in turn.
/// </summary>
/// <remarks>Stock: <c>UseSession</c> over the memory cache; a restart loses all. HybridSession: write-behind to its in-memory store, whose flushes are in the figures.</remarks>
[CpuRun, LayerColumns]
public class RequestBenchmark
{
    private const int Visitors = 10_000;

    private InProcessSite _site = null!;

    [GlobalSetup(Target = nameof(None))]
    public Task SetupNone() => StartAsync(SiteSession.None, static (_, _) => { });

    [GlobalSetup(Target = nameof(StockUntouched))]
    public Task SetupStockUntouched() => StartAsync(SiteSession.Stock, static (_, _) => { });

    [GlobalSetup(Target = nameof(StockRead))]
    public Task SetupStockRead() => StartAsync(SiteSession.Stock, Read);

    [GlobalSetup(Target = nameof(StockWrite))]
    public Task SetupStockWrite() => StartAsync(SiteSession.Stock, Write);

    [GlobalSetup(Target = nameof(HybridUntouched))]
    public Task SetupHybridUntouched() => StartAsync(SiteSession.Hybrid, static (_, _) => { });

    [GlobalSetup(Target = nameof(HybridRead))]
    public Task SetupHybridRead() => StartAsync(SiteSession.Hybrid, Read);

    [GlobalSetup(Target = nameof(HybridWrite))]
    public Task SetupHybridWrite() => StartAsync(SiteSession.Hybrid, Write);

    [GlobalCleanup]
    public async Task Cleanup() => await _site.DisposeAsync();

    [Benchmark(Baseline = true, Description = "no session")]
    public Task None() => _site.RequestAsync();

    [Benchmark(Description = "stock over memory cache: untouched")]
    public Task StockUntouched() => _site.RequestAsync();

    [Benchmark(Description = "stock over memory cache: read 32 B")]
    public Task StockRead() => _site.RequestAsync();

    [Benchmark(Description = "stock over memory cache: write an int")]
    public Task StockWrite() => _site.RequestAsync();

    [Benchmark(Description = "HybridSession: untouched")]
    public Task HybridUntouched() => _site.RequestAsync();

    [Benchmark(Description = "HybridSession: read 32 B")]
    public Task HybridRead() => _site.RequestAsync();

    [Benchmark(Description = "HybridSession: write an int, write-behind")]
    public Task HybridWrite() => _site.RequestAsync();

    private static void Read(InProcessSite site, HttpContext context)
    {
        if (!context.Session.TryGetValue(SampleSession.TokenKey, out _)) throw new InvalidOperationException("The session was not found.");
    }

    private static void Write(InProcessSite site, HttpContext context) => context.Session.SetInt32(SampleSession.CounterKey, site.NextCounter());

    private async Task StartAsync(SiteSession session, Action<InProcessSite, HttpContext> endpoint)
    {
        _site = await InProcessSite.StartAsync(session, Visitors);
        // The session is there, whatever is measured then.
        if (session != SiteSession.None)
        {
            _site.Endpoint = Read;
            await _site.RequestAsync();
        }

        _site.Endpoint = endpoint;
    }
}
