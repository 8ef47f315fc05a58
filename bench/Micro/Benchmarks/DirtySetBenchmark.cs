using System.Collections.Concurrent;
using System.Threading.Channels;
using BenchmarkDotNet.Attributes;
using HybridSession.Bench.Micro.Running;
using HybridSession.Bench.Micro.Sessions;
using HybridSession.Expiration;
using HybridSession.Hot;
using HybridSession.WriteBehind;

namespace HybridSession.Bench.Micro.Benchmarks;

/// <summary>
/// What does it cost a request to say that a session changed? Two threads mark, a third takes all that waits every 20 ms; per mark.
/// </summary>
/// <remarks>
/// The queues hold an entry for each mark, the dirty set one for each session: the flush behind it is as much smaller. It is emptied here ten times as often as
/// an engine does, and what a flush does after the store's answer is in the figure.
/// </remarks>
[CpuRun, ThreadingDiagnoser(displayCompletedWorkItemCountWhenZero: false)]
public class DirtySetBenchmark
{
    private const int Threads = 2;
    private const int MarksPerThread = 100_000;
    private const int Marks = Threads * MarksPerThread;

    private const int FullBatch = 5_000;

    private static readonly TimeSpan DrainInterval = TimeSpan.FromMilliseconds(20);

    private readonly FlushOutcome[] _written = [.. Enumerable.Repeat(FlushOutcome.Written, FullBatch)];
    private readonly Barrier _start = new(Threads + 1);
    private readonly Barrier _end = new(Threads + 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Thread> _threads = [];
    private readonly ConcurrentQueue<LiveSession> _queue = new();
    private readonly Channel<LiveSession> _channel = Channel.CreateUnbounded<LiveSession>(new UnboundedChannelOptions { SingleReader = true });
    private LiveSession[] _sessions = null!;
    private HotSet _hot = null!;
    private SessionShard _shard = null!;

    /// <summary>One session is a hot spot; 10,000 are a busy node.</summary>
    [Params(1, 10_000)]
    public int Sessions { get; set; }

    [GlobalSetup(Target = nameof(Queue))]
    public void SetupQueue() => Setup(_queue.Enqueue, () =>
    {
        while (_queue.TryDequeue(out _))
        {
        }
    });

    [GlobalSetup(Target = nameof(ChannelOfMarks))]
    public void SetupChannel() => Setup(session => _channel.Writer.TryWrite(session), () =>
    {
        while (_channel.Reader.TryRead(out _))
        {
        }
    });

    [GlobalSetup(Target = nameof(DirtySet))]
    public void SetupDirtySet() => Setup(session => _shard.MarkDirty(session), () =>
    {
        while (_shard.TakeBatch(FullBatch, long.MaxValue) is { Count: > 0 } batch) _shard.Complete(batch, _written);
    });

    [GlobalCleanup]
    public void Cleanup()
    {
        _stop.Cancel();
        _start.RemoveParticipant();
        foreach (var thread in _threads) thread.Join();
        _hot.Dispose();
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Marks, Description = "ConcurrentQueue, an entry a mark")]
    public void Queue() => Mark();

    [Benchmark(OperationsPerInvoke = Marks, Description = "unbounded Channel, an entry a mark")]
    public void ChannelOfMarks() => Mark();

    [Benchmark(OperationsPerInvoke = Marks, Description = "dirty set, coalesced")]
    public void DirtySet() => Mark();

    private void Mark()
    {
        _start.SignalAndWait();
        _end.SignalAndWait();
    }

    private void Setup(Action<LiveSession> mark, Action drain)
    {
        var clock = new SessionClock(TimeProvider.System);
        var options = StoredSessions.Options();
        _hot = new HotSet(options.MaxHotBytes, options.IdleTimeout);
        _shard = new SessionShard(
            _hot, new EndedSessions(), new PendingRemovals(), new Backlog(long.MaxValue), new MemoryQuarantine(options.MaxQuarantineBytes), new ExpirationPolicy(options.IdleTimeout, null), clock, NodeId.Create(), options);
        _sessions = StoredSessions.Create(Sessions, SampleSession.Pack(NodeId.Create(), 1_000), clock.NowMs);
        foreach (var session in _sessions) _hot.Admit(session);

        for (var i = 0; i < Threads; i++)
        {
            var offset = i * Sessions / Threads;
            Run(() => MarkAll(mark, offset));
        }

        Run(() =>
        {
            while (!_stop.Token.WaitHandle.WaitOne(DrainInterval)) drain();
        });
    }

    private void MarkAll(Action<LiveSession> mark, int at)
    {
        while (true)
        {
            _start.SignalAndWait();
            if (_stop.IsCancellationRequested) return;
            for (var i = 0; i < MarksPerThread; i++)
            {
                if (++at >= _sessions.Length) at = 0;
                mark(_sessions[at]);
            }

            _end.SignalAndWait();
        }
    }

    private void Run(ThreadStart work)
    {
        var thread = new Thread(work) { IsBackground = true };
        _threads.Add(thread);
        thread.Start();
    }
}
