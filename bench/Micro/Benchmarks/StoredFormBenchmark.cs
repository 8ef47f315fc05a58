using BenchmarkDotNet.Attributes;
using HybridSession.Bench.Micro.Running;
using HybridSession.Bench.Micro.Sessions;
using HybridSession.Middleware;
using HybridSession.Stores;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace HybridSession.Bench.Micro.Benchmarks;

/// <summary>What do compression and encryption of stored sessions cost a session that is flushed or loaded? Over a store that answers at once; a cart in JSON of 200 bytes, 1 KiB and 8 KiB.</summary>
/// <remarks>Compression begins at 1 KiB, as it does by default. Data Protection with its default algorithms (AES-256-CBC, HMAC-SHA-256). None of it is on the way of a request that finds its session in memory.</remarks>
[CpuRun, LayerColumns]
public class StoredFormBenchmark
{
    private const string Flushing = "flush";
    private const string Loading = "load";

    private readonly ServiceProvider _keys = CreateKeys();
    private SessionWrite[] _batch = [];
    private SessionRead[] _reads = [];
    private ISessionBackingStore _plain = null!;
    private ISessionBackingStore _compressed = null!;
    private ISessionBackingStore _encrypted = null!;
    private ISessionBackingStore _both = null!;

    [Params(200, 1_024, 8_192)]
    public int Size { get; set; }

    [GlobalSetup]
    public async Task Setup()
    {
        var write = new SessionWrite(SessionToken.Create().ToKey(), SampleCart.Pack(Size), Version: 3, BaseVersion: 2, TimeSpan.FromHours(1));
        (_batch, _reads) = ([write], [write.Key]);
        _plain = await FillAsync(static store => store);
        _compressed = await FillAsync(Compress);
        _encrypted = await FillAsync(Encrypt);
        _both = await FillAsync(store => Compress(Encrypt(store)));
    }

    [GlobalCleanup]
    public void Cleanup() => _keys.Dispose();

    [BenchmarkCategory(Flushing), Benchmark(Baseline = true, Description = "flush: plain")]
    public ValueTask<FlushOutcome[]> FlushPlain() => _plain.FlushAsync(_batch, default);

    [BenchmarkCategory(Flushing), Benchmark(Description = "flush: compressed")]
    public ValueTask<FlushOutcome[]> FlushCompressed() => _compressed.FlushAsync(_batch, default);

    [BenchmarkCategory(Flushing), Benchmark(Description = "flush: encrypted")]
    public ValueTask<FlushOutcome[]> FlushEncrypted() => _encrypted.FlushAsync(_batch, default);

    [BenchmarkCategory(Flushing), Benchmark(Description = "flush: compressed, then encrypted")]
    public ValueTask<FlushOutcome[]> FlushBoth() => _both.FlushAsync(_batch, default);

    [BenchmarkCategory(Loading), Benchmark(Baseline = true, Description = "load: plain")]
    public ValueTask<StoredSession?[]> LoadPlain() => _plain.LoadAsync(_reads, default);

    [BenchmarkCategory(Loading), Benchmark(Description = "load: compressed")]
    public ValueTask<StoredSession?[]> LoadCompressed() => _compressed.LoadAsync(_reads, default);

    [BenchmarkCategory(Loading), Benchmark(Description = "load: encrypted")]
    public ValueTask<StoredSession?[]> LoadEncrypted() => _encrypted.LoadAsync(_reads, default);

    [BenchmarkCategory(Loading), Benchmark(Description = "load: compressed, then encrypted")]
    public ValueTask<StoredSession?[]> LoadBoth() => _both.LoadAsync(_reads, default);

    private async Task<ISessionBackingStore> FillAsync(Func<ISessionBackingStore, ISessionBackingStore> stages)
    {
        var instant = new InstantStore();
        var store = stages(instant);
        await store.FlushAsync(_batch, default);
        var found = (await store.LoadAsync(_reads, default))[0]!;
        if (!found.Payload.AsSpan().SequenceEqual(_batch[0].Payload)) throw new InvalidOperationException("The stages do not give back what they were given.");
        Console.WriteLine($"// {Size} bytes are stored as {instant.StoredBytes}");
        return store;
    }

    private static CompressingBackingStore Compress(ISessionBackingStore inner) => new(
        inner, new CompressionOptions { Enabled = true }, new SessionEngineOptions().MaxPayloadBytes, isDecrypted: true, TimeProvider.System, NullLogger<CompressingBackingStore>.Instance);

    private EncryptingBackingStore Encrypt(ISessionBackingStore inner) => new(
        inner, new EncryptedForm(_keys.GetRequiredService<IDataProtectionProvider>()), new EncryptionOptions { Enabled = true }, new EncryptionReports(NullLogger.Instance, TimeProvider.System));

    private static ServiceProvider CreateKeys()
    {
        var services = new ServiceCollection();
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        return services.BuildServiceProvider();
    }
}
