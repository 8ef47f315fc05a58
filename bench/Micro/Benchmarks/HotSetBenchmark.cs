using System.Collections.Concurrent;
using BenchmarkDotNet.Attributes;
using HybridSession.Bench.Micro.Running;
using HybridSession.Bench.Micro.Sessions;
using HybridSession.Hot;
using Microsoft.Extensions.Caching.Memory;

namespace HybridSession.Bench.Micro.Benchmarks;

/// <summary>What does it take to find one of 100,000 sessions by its cookie's text? In random order: most look-ups miss the processor's caches, as on a live site.</summary>
[CpuRun]
public class HotSetBenchmark
{
    private const int Count = 100_000;

    private string[] _cookies = null!;
    private ConcurrentDictionary<string, LiveSession> _dictionary = null!;
    private ConcurrentDictionary<string, LiveSession>.AlternateLookup<ReadOnlySpan<char>> _dictionaryBySpan;
    private MemoryCache _plainCache = null!;
    private HotSet _hotSet = null!;
    private SessionEngine _engine = null!;
    private int _next;

    [GlobalSetup(Targets = [nameof(Dictionary), nameof(DictionaryBySpan)])]
    public void SetupDictionary()
    {
        var sessions = CreateSessions();
        _dictionary = new ConcurrentDictionary<string, LiveSession>(sessions.Select(session => KeyValuePair.Create(session.TokenText, session)));
        _dictionaryBySpan = _dictionary.GetAlternateLookup<ReadOnlySpan<char>>();
        Check(sessions.All(session => _dictionaryBySpan.TryGetValue(session.TokenText, out var found) && found == session));
    }

    [GlobalSetup(Target = nameof(PlainMemoryCache))]
    public void SetupPlainMemoryCache()
    {
        var sessions = CreateSessions();
        _plainCache = new MemoryCache(new MemoryCacheOptions());
        foreach (var session in sessions) _plainCache.Set(session.TokenText, session, new MemoryCacheEntryOptions { SlidingExpiration = StoredSessions.IdleTimeout });
        Check(_plainCache.Count == Count);
    }

    [GlobalSetup(Target = nameof(HotSet))]
    public void SetupHotSet()
    {
        var sessions = CreateSessions();
        _hotSet = new HotSet(StoredSessions.Options().MaxHotBytes, StoredSessions.IdleTimeout);
        foreach (var session in sessions) _hotSet.Admit(session);
        Check(_hotSet.Count == Count);
    }

    [GlobalSetup(Target = nameof(Engine))]
    public async Task SetupEngine()
    {
        var store = new InMemoryBackingStore(TimeProvider.System);
        var tokens = await StoredSessions.FillAsync(store, Count, SampleSession.Pack(NodeId.Create(), 1_000));
        _engine = StoredSessions.StartEngine(store);
        foreach (var chunk in tokens.Chunk(1_000)) await Task.WhenAll(chunk.Select(token => _engine.OpenAsync(token, default, CancellationToken.None).AsTask()));
        Shuffle(tokens.Select(token => token.Encode()));
        Check(_cookies.All(cookie => _engine.TryOpenHot(cookie, default, out var opened) && opened.Origin == SessionOrigin.Memory));
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _plainCache?.Dispose();
        _hotSet?.Dispose();
        _engine?.Dispose();
    }

    [Benchmark(Baseline = true, Description = "ConcurrentDictionary<string, session>")]
    public bool Dictionary() => _dictionary.TryGetValue(NextCookie(), out _);

    [Benchmark(Description = "the same, by span")]
    public bool DictionaryBySpan() => _dictionaryBySpan.TryGetValue(NextCookie(), out _);

    [Benchmark(Description = "MemoryCache, sliding expiry, no limit")]
    public bool PlainMemoryCache() => _plainCache.TryGetValue(NextCookie(), out _);

    [Benchmark(Description = "HotSet: by span, byte budget, sliding expiry")]
    public bool HotSet() => _hotSet.TryGet(NextCookie(), out _);

    [Benchmark(Description = "SessionEngine.TryOpenHot: with both expiries judged and slid")]
    public bool Engine() => _engine.TryOpenHot(NextCookie(), default, out _);

    private LiveSession[] CreateSessions()
    {
        var sessions = StoredSessions.Create(Count, SampleSession.Pack(NodeId.Create(), 1_000), nowMs: 0);
        Shuffle(sessions.Select(session => session.TokenText));
        return sessions;
    }

    // Copies: what a request brings is never the very string that is the key.
    private void Shuffle(IEnumerable<string> texts)
    {
        _cookies = [.. texts.Select(text => new string(text.AsSpan()))];
        new Random(1).Shuffle(_cookies);
    }

    private string NextCookie()
    {
        if (++_next == Count) _next = 0;
        return _cookies[_next];
    }

    private static void Check(bool holds)
    {
        if (!holds) throw new InvalidOperationException("Not all sessions are found.");
    }
}
