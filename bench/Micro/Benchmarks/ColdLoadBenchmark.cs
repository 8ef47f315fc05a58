using System.Diagnostics;
using System.Runtime.CompilerServices;
using BenchmarkDotNet.Attributes;
using HybridSession.Bench.Micro.Database;
using HybridSession.Bench.Micro.Running;
using HybridSession.Bench.Micro.Sessions;
using HybridSession.Postgres;
using Npgsql;

namespace HybridSession.Bench.Micro.Benchmarks;

/// <summary>How many sessions a second can be loaded that are only in the database, when 32 requests at a time want one? Just before each iteration the reference reads some too.</summary>
[DatabaseRun("Reads", Reference)]
public class ColdLoadBenchmark
{
    private const string Reference = "single SELECTs";
    private const int Waiters = 32;
    private const int Reads = 12_800;
    private const int ReferenceReads = 3_200;

    private readonly Random _random = new(1);
    private SessionTable _table = null!;
    private NpgsqlDataSource _pool = null!;
    private NpgsqlDataSource? _kept;
    private NpgsqlConnection[] _connections = [];
    private SessionEngine? _engine;
    private SessionToken[] _tokens = null!;
    private TimeSpan _referenceTime;

    /// <summary>Bytes of one payload.</summary>
    [Params(200, 1024)]
    public int Bytes { get; set; }

    private string Select => $"select session_data, session_version, session_expiry, session_created from {_table.Schema}.session where session_key = $1";

    [GlobalSetup]
    public async Task Setup()
    {
        _table = await SessionTable.OpenAsync(Bytes);
        _tokens = [.. _table.Tokens];
        _pool = await CreatePoolAsync();
        await ReadAsync(ReferenceReads, SelectByPoolAsync);
    }

    [GlobalSetup(Target = nameof(SingleSelectsOnKeptConnections))]
    public async Task SetupConnections()
    {
        await Setup();
        // Apart from the reference's, which needs its own.
        _kept = await CreatePoolAsync();
        _connections = await Task.WhenAll(Enumerable.Range(0, Waiters).Select(async _ => await _kept.OpenConnectionAsync()));
    }

    [GlobalSetup(Target = nameof(Engine))]
    public async Task SetupEngine()
    {
        await Setup();
        _engine = StoredSessions.StartEngine(_table.Arrays);
    }

    [GlobalCleanup]
    public async Task Cleanup()
    {
        if (_engine is { } engine)
        {
            await engine.StopAsync(CancellationToken.None);
            engine.Dispose();
        }

        foreach (var connection in _connections) await connection.DisposeAsync();
        if (_kept is not null) await _kept.DisposeAsync();
        await _pool.DisposeAsync();
    }

    [IterationSetup]
    public void MeasureReference()
    {
        _random.Shuffle(_tokens);
        _referenceTime = ReadAsync(ReferenceReads, SelectByPoolAsync).GetAwaiter().GetResult();
        // Nothing is in memory any more.
        _engine?.Compact(1);
    }

    [Benchmark(OperationsPerInvoke = Reads, Description = "single SELECTs, pool of 32, prepared automatically")]
    public Task SingleSelects() => MeasureAsync(SelectByPoolAsync);

    [Benchmark(OperationsPerInvoke = Reads, Description = "single SELECTs, a kept connection a waiter, prepared")]
    public Task SingleSelectsOnKeptConnections() => MeasureAsync((token, waiter) => SelectAsync(_connections[waiter], token));

    [Benchmark(OperationsPerInvoke = Reads, Description = "engine: gathered loads, checked and put into the hot set")]
    public Task Engine() => MeasureAsync(OpenAsync);

    private static async Task<NpgsqlDataSource> CreatePoolAsync() => NpgsqlDataSource.Create(
        new NpgsqlConnectionStringBuilder(await BenchPostgres.ConnectionStringAsync()) { MaxPoolSize = Waiters, MaxAutoPrepare = 8, AutoPrepareMinUsages = 2 });

    private async Task MeasureAsync(Func<SessionToken, int, Task> read, [CallerMemberName] string method = "")
    {
        var time = await ReadAsync(Reads, read);
        Pairs.Add(Pairs.NameOf(typeof(ColdLoadBenchmark), method, (nameof(Bytes), Bytes)), Reference, _referenceTime / time);
    }

    private async Task<TimeSpan> ReadAsync(int reads, Func<SessionToken, int, Task> read)
    {
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Waiters).Select(waiter => Task.Run(async () =>
        {
            for (var i = waiter; i < reads; i += Waiters) await read(_tokens[i], waiter);
        })));
        return Stopwatch.GetElapsedTime(started) / reads;
    }

    private async Task SelectByPoolAsync(SessionToken token, int waiter)
    {
        await using var connection = await _pool.OpenConnectionAsync();
        await SelectAsync(connection, token);
    }

    private async Task SelectAsync(NpgsqlConnection connection, SessionToken token)
    {
        await using var command = new NpgsqlCommand(Select, connection) { Parameters = { Parameter.Key(token.ToKey()) } };
        await using var reader = await command.ExecuteReaderAsync();
        if (!await reader.ReadAsync() || reader.GetFieldValue<byte[]>(0).Length != Bytes) throw new InvalidOperationException("A row was not found.");
        _ = reader.GetInt64(1);
    }

    private async Task OpenAsync(SessionToken token, int waiter)
    {
        var opened = await _engine!.OpenAsync(token, default, CancellationToken.None);
        if (opened.Origin != SessionOrigin.Store) throw new InvalidOperationException($"A session was not loaded: {opened.Origin}.");
    }
}
