using System.Diagnostics;
using System.Runtime.CompilerServices;
using BenchmarkDotNet.Attributes;
using HybridSession.Bench.Micro.Database;
using HybridSession.Bench.Micro.Running;
using HybridSession.Postgres;

namespace HybridSession.Bench.Micro.Benchmarks;

/// <summary>
/// How many sessions a second can one flusher store in PostgreSQL? 20,000 of 100,000 sessions, chosen at random, in batches of a given size; each batch is a
/// transaction of its own that waits for the disk.
/// </summary>
/// <remarks>
/// Just before each iteration the two references write rows of their own: one upsert a session, and one raw COPY of 20,000 rows into an empty table.
/// Their own rows in the table are measured against them too: they should be 1, and how far they are from it is the noise.
/// </remarks>
[DatabaseRun("Rows", OneByOneReference, CopyReference)]
public class FlushBenchmark
{
    private const string OneByOneReference = "one by one";
    private const string CopyReference = "raw COPY";
    private const int Rows = 20_000;
    private const int SingleRows = 300;

    private readonly Dictionary<string, TimeSpan> _references = [];
    private SessionTable _table = null!;
    private SingleUpserts _singles = null!;
    private RawCopy _rawCopy = null!;
    private SessionWrite[] _writes = null!;
    private bool _bears;

    /// <summary>Bytes of one payload.</summary>
    [Params(200, 1024)]
    public int Bytes { get; set; }

    [GlobalSetup]
    public async Task Setup()
    {
        _table = await SessionTable.OpenAsync(Bytes);
        _singles = await SingleUpserts.OpenAsync(_table.Schema);
        _rawCopy = await RawCopy.OpenAsync(_table.Schema);
    }

    [GlobalSetup(Targets = [nameof(RawCopyIntoEmptyTable), nameof(BirthsByArrays), nameof(BirthsByCopy)])]
    public Task SetupBirths()
    {
        _bears = true;
        return Setup();
    }

    [GlobalCleanup]
    public async Task Cleanup()
    {
        await _singles.DisposeAsync();
        await _rawCopy.DisposeAsync();
    }

    [IterationSetup]
    public void MeasureReferences() => MeasureReferencesAsync(Rows).GetAwaiter().GetResult();

    // These write fewer rows: what is not written would conflict later.
    [IterationSetup(Target = nameof(OneByOne))]
    public void MeasureReferencesForSingles() => MeasureReferencesAsync(SingleRows).GetAwaiter().GetResult();

    [IterationCleanup(Targets = [nameof(BirthsByArrays), nameof(BirthsByCopy)])]
    public void Forget() => _table.ForgetAsync(_writes).GetAwaiter().GetResult();

    [Benchmark(OperationsPerInvoke = SingleRows, Description = "one upsert a session, each committed to disk")]
    public Task OneByOne() => MeasureAsync(() => _singles.WriteAsync(_writes), batch: null);

    [Benchmark(OperationsPerInvoke = Rows, Description = "limit: one raw COPY into an empty table, one commit to disk")]
    public Task RawCopyIntoEmptyTable() => MeasureAsync(() => _rawCopy.WriteAsync(_writes), batch: null);

    [Benchmark(OperationsPerInvoke = Rows, Description = "flush by arrays, each batch committed to disk")]
    [Arguments(100), Arguments(1_000), Arguments(10_000)]
    public Task ByArrays(int batch) => MeasureAsync(() => FlushAsync(_table.Arrays, batch), batch);

    [Benchmark(OperationsPerInvoke = Rows, Description = "flush by COPY and merge, each batch committed to disk")]
    [Arguments(100), Arguments(1_000), Arguments(10_000)]
    public Task ByCopy(int batch) => MeasureAsync(() => FlushAsync(_table.Copy, batch), batch);

    [Benchmark(OperationsPerInvoke = Rows, Description = "births by arrays, each batch committed to disk")]
    [Arguments(100), Arguments(1_000)]
    public Task BirthsByArrays(int batch) => MeasureAsync(() => FlushAsync(_table.Arrays, batch), batch);

    [Benchmark(OperationsPerInvoke = Rows, Description = "births by COPY and merge, each batch committed to disk")]
    [Arguments(1_000), Arguments(10_000)]
    public Task BirthsByCopy(int batch) => MeasureAsync(() => FlushAsync(_table.Copy, batch), batch);

    private async Task FlushAsync(PostgresBackingStore store, int batch)
    {
        for (var at = 0; at < _writes.Length; at += batch)
        {
            var outcomes = await store.FlushAsync(new ArraySegment<SessionWrite>(_writes, at, Math.Min(batch, _writes.Length - at)), CancellationToken.None);
            foreach (var outcome in outcomes)
                if (outcome.Kind != FlushOutcomeKind.Written) throw new InvalidOperationException($"A row was not written: {outcome.Kind}.");
        }
    }

    // The upserts first: their waits for the disk would else stand between the reference that matters most and what is compared with it.
    private async Task MeasureReferencesAsync(int rows)
    {
        var singles = _table.NextUpdates(SingleRows);
        var copied = _table.NextBirths(Rows);
        _writes = _bears ? _table.NextBirths(rows) : _table.NextUpdates(rows);
        await _rawCopy.EmptyAsync();
        GC.Collect();
        _references[OneByOneReference] = await TimePerRowAsync(() => _singles.WriteAsync(singles), SingleRows);
        _references[CopyReference] = await TimePerRowAsync(() => _rawCopy.WriteAsync(copied), Rows);
        await _rawCopy.EmptyAsync();
    }

    private async Task MeasureAsync(Func<Task> write, int? batch, [CallerMemberName] string method = "")
    {
        var time = await TimePerRowAsync(write, _writes.Length);
        var name = batch is { } size
            ? Pairs.NameOf(typeof(FlushBenchmark), method, (nameof(Bytes), Bytes), (nameof(batch), size))
            : Pairs.NameOf(typeof(FlushBenchmark), method, (nameof(Bytes), Bytes));
        foreach (var (reference, referenceTime) in _references) Pairs.Add(name, reference, referenceTime / time);
    }

    private static async Task<TimeSpan> TimePerRowAsync(Func<Task> write, int rows)
    {
        var started = Stopwatch.GetTimestamp();
        await write();
        return Stopwatch.GetElapsedTime(started) / rows;
    }
}
