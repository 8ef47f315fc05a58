using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using HybridSession.Postgres;
using HybridSession.Postgres.Peers;

namespace HybridSession.Bench.Micro.Database;

/// <summary>What a message between two nodes takes, and what sending costs. Not a benchmark class: the answer is a distribution, not a mean.</summary>
internal static class PeerRoundTrips
{
    private const string Schema = "hybridsession_bench_peers";
    private const int Warmup = 500;
    private const int Count = 5_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task<string> MeasureAsync()
    {
        await using var storeOfA = await BenchPostgres.CreateStoreAsync(Schema, FlushMethod.Auto);
        await using var storeOfB = await BenchPostgres.CreateStoreAsync(Schema, FlushMethod.Auto);
        using var stop = new CancellationTokenSource();
        var (a, b) = (new Node(storeOfA), new Node(storeOfB));
        Task[] runs = [a.RunAsync(stop.Token), b.RunAsync(stop.Token)];
        try
        {
            await Task.WhenAll(a.Joined, b.Joined).WaitAsync(Patience);
            string[] lines =
            [
                await TimeAsync("a message of 100 characters to another node and its answer back", () => PingAsync(a, b)),
                await TimeAsync("SendAsync of 1 message of 100 characters", () => a.SendAsync(b, 1)),
                await TimeAsync("SendAsync of 10 messages of 100 characters", () => a.SendAsync(b, 10)),
                await TimeAsync("ReadNodesAsync", () => a.Link.ReadNodesAsync(default).AsTask()),
            ];
            return string.Join(Environment.NewLine, lines);
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(runs);
            await BenchPostgres.ExecuteAsync($"drop schema {Schema} cascade");
        }
    }

    private static async Task PingAsync(Node a, Node b)
    {
        await a.SendAsync(b, 1);
        await b.NextAsync();
        await b.SendAsync(a, 1);
        await a.NextAsync();
    }

    private static async Task<string> TimeAsync(string what, Func<Task> act)
    {
        for (var i = 0; i < Warmup; i++) await act();
        var taken = new double[Count];
        for (var i = 0; i < Count; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await act();
            taken[i] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        }

        Array.Sort(taken);
        return string.Create(CultureInfo.InvariantCulture, $"{what}: p50 {taken[Count / 2]:0.00} ms, p99 {taken[Count * 99 / 100]:0.00} ms, longest {taken[^1]:0.00} ms ({Count} times)");
    }

    private sealed class Node(PostgresBackingStore store) : ISessionPeerReceiver
    {
        private readonly string _name = NodeId.Create().ToString();
        private readonly TaskCompletionSource _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Channel<string> _messages = Channel.CreateUnbounded<string>();
        private int _sent;

        public PostgresPeerLink Link { get; } = store.CreatePeerLink(TimeProvider.System);

        public Task Joined => _joined.Task;

        public Task RunAsync(CancellationToken stop) => Link.RunAsync(_name, this, stop);

        // Numbered: PostgreSQL sends equal messages of one transaction once.
        public Task SendAsync(Node to, int count) =>
            Link.SendAsync([.. Enumerable.Range(0, count).Select(_ => new PeerMessage(to._name, $"{++_sent}".PadRight(100, 'x')))], default).AsTask();

        public async Task NextAsync()
        {
            using var limit = new CancellationTokenSource(Patience);
            await _messages.Reader.ReadAsync(limit.Token);
        }

        void ISessionPeerReceiver.Joined(IReadOnlyList<string> nodes) => _joined.TrySetResult();

        public void NodesAre(IReadOnlyList<string> nodes)
        {
        }

        public void Received(string message) => _messages.Writer.TryWrite(message);

        public void Lost(string reason) => _joined.TrySetException(new InvalidOperationException(reason));
    }
}
