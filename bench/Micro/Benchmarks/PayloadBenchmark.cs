using BenchmarkDotNet.Attributes;
using HybridSession.Bench.Micro.Running;
using HybridSession.Bench.Micro.Sessions;
using HybridSession.Payload;
using Microsoft.AspNetCore.Session;
using Microsoft.Extensions.Logging.Abstractions;

namespace HybridSession.Bench.Micro.Benchmarks;

/// <summary>What does the content of a session cost, without any look-up or storage: the packed array against the stock session's decode and encode.</summary>
[CpuRun]
public class PayloadBenchmark
{
    private const string Reading = "read";
    private const string Changing = "change";

    private readonly NodeId _node = NodeId.Create();
    private readonly NodeId _otherNode = NodeId.Create();
    private readonly byte[][] _counters = [SampleSession.Counter(1), SampleSession.Counter(2)];
    private readonly byte[] _token = SampleSession.Values[0].Value;
    private readonly InstantCache _cache = new();
    private PackedSession _packed;
    private PackedSession _mine;
    private PackedSession _theirs;
    private long _version;
    private int _next;

    [GlobalSetup]
    public async Task Setup()
    {
        _packed = SampleSession.Pack(_node, version: 1_000);
        _version = _packed.Version + 1;
        _mine = _packed.Set("counter"u8, _counters[1], _version, _node);
        _theirs = _packed.Set("data-3"u8, SampleSession.Values[^1].Value, _version + 1, _otherNode);
        if (PackedSession.Merge(_mine, _theirs).KeyCount != SampleSession.Values.Count) throw new InvalidOperationException("The merge lost a key.");

        var stock = OpenStock();
        foreach (var (key, value) in SampleSession.Values) stock.Set(key, value);
        await stock.CommitAsync();
    }

    [BenchmarkCategory(Reading), Benchmark(Baseline = true, Description = "stock: load, get")]
    public bool StockGet()
    {
        var session = OpenStock();
        return session.TryGetValue(SampleSession.TokenKey, out _);
    }

    [BenchmarkCategory(Reading), Benchmark(Description = "packed: get first (32 B), no copy")]
    public int GetFirst() => _packed.TryGet("antiforgery"u8, out var value) ? value.Length : throw Missing();

    [BenchmarkCategory(Reading), Benchmark(Description = "packed: get first, copied for ISession")]
    public byte[] GetFirstCopied() => _packed.TryGet("antiforgery"u8, out var value) ? value.ToArray() : throw Missing();

    [BenchmarkCategory(Reading), Benchmark(Description = "packed: get last (8th), no copy")]
    public int GetLast() => _packed.TryGet("data-6"u8, out var value) ? value.Length : throw Missing();

    [BenchmarkCategory(Reading), Benchmark(Description = "packed: get missing")]
    public bool GetMissing() => _packed.TryGet("zebra"u8, out _);

    [BenchmarkCategory(Reading), Benchmark(Description = "packed: check a loaded row")]
    public bool ReadRow() => PackedSession.TryRead(_packed.Bytes, out _, out _);

    [BenchmarkCategory(Changing), Benchmark(Baseline = true, Description = "stock: load, set an int, commit")]
    public async Task StockSet()
    {
        var session = OpenStock();
        session.Set(SampleSession.CounterKey, NextCounter());
        await session.CommitAsync();
    }

    [BenchmarkCategory(Changing), Benchmark(Description = "packed: set an int, changed")]
    public byte[] SetChanged() => _packed.Set("counter"u8, NextCounter(), _version, _node).Bytes;

    [BenchmarkCategory(Changing), Benchmark(Description = "packed: set 32 B, equal")]
    public byte[] SetEqual() => _packed.Set("antiforgery"u8, _token, _version, _node).Bytes;

    [BenchmarkCategory(Changing), Benchmark(Description = "packed: remove")]
    public byte[] Remove() => _packed.Remove("data-3"u8, _version, _node).Bytes;

    [BenchmarkCategory(Changing), Benchmark(Description = "packed: merge of two nodes' changes")]
    public byte[] Merge() => PackedSession.Merge(_mine, _theirs).Bytes;

    private DistributedSession OpenStock() =>
        new(_cache, "key", TimeSpan.FromMinutes(20), TimeSpan.FromMinutes(1), static () => true, NullLoggerFactory.Instance, isNewSessionKey: false);

    // Never what the packed session holds, which is 0.
    private byte[] NextCounter() => _counters[_next ^= 1];

    private static InvalidOperationException Missing() => new("The key is missing.");
}
