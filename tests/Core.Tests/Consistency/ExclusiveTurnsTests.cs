using HybridSession.Consistency;
using HybridSession.Core.Tests.Doubles;
using HybridSession.Diagnostics;
using HybridSession.Expiration;
using HybridSession.Resilience;
using Microsoft.Extensions.Time.Testing;

namespace HybridSession.Core.Tests.Consistency;

/// <summary>Turns of several nodes that share locks.</summary>
public sealed class ExclusiveTurnsTests : IDisposable
{
    private static readonly SessionKey Key = SessionToken.Create().ToKey();

    private readonly FakeTimeProvider _time = new();
    private readonly LockNetwork _network = new();
    private readonly MeterRecorder _meters = new();
    private readonly LogRecorder _logs = new();
    private readonly ExclusiveOptions _options = new();
    private readonly SessionMetrics _metrics;
    private readonly StoreCircuit _circuit;
    private bool _hasPeers = true;

    public ExclusiveTurnsTests() => (_metrics, _circuit) = (new SessionMetrics(_meters), new StoreCircuit(new SessionClock(_time)));

    [Fact]
    public async Task A_turn_keeps_other_nodes_out_until_it_ends()
    {
        var (a, b) = (Node(), Node());
        var onA = (await a.EnterAsync(Key, default)).Turn!;
        var onB = b.EnterAsync(Key, default).AsTask();
        await PassAsync(TimeSpan.FromMilliseconds(300));
        Assert.False(onB.IsCompleted);
        Assert.InRange(_network.Tries, 4, 32);

        onA.End();
        onA.End();
        await PassAsync(LockPause.Longest);

        var entered = await onB.Soon();
        Assert.True(onA.IsShared && entered.Turn!.IsShared);
        entered.Turn.End();
        Assert.Equal((0, 0, 0), (_network.Count, a.Count, b.Count));
        Assert.InRange(_meters.Sum("hybridsession.exclusive.wait", "outcome=entered"), 0.29, 0.5);
    }

    [Fact]
    public async Task While_nobody_else_is_there_no_lock_is_asked_for()
    {
        _hasPeers = false;

        var entered = await Node().EnterAsync(Key, default);

        Assert.False(entered.Turn!.IsShared);
        Assert.Equal(0, _network.Tries);
    }

    [Fact]
    public async Task The_wait_for_the_queue_and_for_the_lock_have_one_limit()
    {
        var (a, b) = (Node(), Node());
        await a.EnterAsync(Key, default);
        var first = b.EnterAsync(Key, default).AsTask();
        var second = b.EnterAsync(Key, default).AsTask();

        await PassAsync(_options.MaxWait + TimeSpan.FromMilliseconds(1));

        Assert.Equal((TurnOutcome.Timeout, TurnOutcome.Timeout), ((await first.Soon()).Outcome, (await second.Soon()).Outcome));
        Assert.Equal((1, 0), (_network.Count, b.Count));
        Assert.InRange(_meters.Sum("hybridsession.exclusive.wait", "outcome=timeout"), 20, 20.5);
    }

    [Fact]
    public async Task A_cancelled_wait_for_the_lock_gives_up_the_turn()
    {
        var (a, b) = (Node(), Node());
        await a.EnterAsync(Key, default);
        using var cancel = new CancellationTokenSource();
        var waiting = b.EnterAsync(Key, cancel.Token).AsTask();

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.Soon());
        Assert.Equal(0, b.Count);
    }

    [Fact]
    public async Task A_store_that_fails_or_is_away_fails_the_request_and_gives_up_the_turn()
    {
        var node = Node();
        _network.Failure = new BackingStoreException("away");
        await Assert.ThrowsAsync<BackingStoreException>(async () => await node.EnterAsync(Key, default));
        _network.Failure = null;
        _circuit.Open();
        var tries = _network.Tries;

        var refused = await Assert.ThrowsAsync<BackingStoreException>(async () => await node.EnterAsync(Key, default));

        Assert.Equal(BackingStoreFailure.CircuitOpen, refused.Failure);
        Assert.Equal((tries, 0), (_network.Tries, node.Count));
    }

    [Fact]
    public async Task Where_no_locks_can_be_had_the_queue_of_the_node_holds_and_that_is_said_once()
    {
        _network.Obstacle = "A pooler stands before it. Do something.";
        var node = Node();

        var first = await node.EnterAsync(Key, default);
        var second = node.EnterAsync(Key, default).AsTask();
        await EngineHarness.SettleAsync();
        Assert.False(second.IsCompleted);
        first.Turn!.End();

        Assert.False((await second.Soon()).Turn!.IsShared);
        var line = Assert.Single(_logs.Of(1611));
        Assert.Contains(_network.Obstacle, line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lock_that_is_lost_is_counted_and_new_ones_are_had()
    {
        var (a, b) = (Node(), Node());
        var turn = (await a.EnterAsync(Key, default)).Turn!;
        _network.LoseAll();

        var other = (await b.EnterAsync(Key, default)).Turn!;
        turn.End();
        other.End();

        Assert.Equal(1, _meters.Sum("hybridsession.exclusive.locks_lost"));
        Assert.Equal(0, _network.Count);
    }

    public void Dispose()
    {
        _metrics.Dispose();
        _meters.Dispose();
    }

    private ExclusiveTurns Node() => new(_options, _network.CreateLocks(), () => _hasPeers, _circuit, _metrics, _logs);

    private async Task PassAsync(TimeSpan time)
    {
        for (var left = time; left > TimeSpan.Zero; left -= TimeSpan.FromMilliseconds(10))
        {
            _time.Advance(left < TimeSpan.FromMilliseconds(10) ? left : TimeSpan.FromMilliseconds(10));
            for (var i = 0; i < 50; i++) await Task.Yield();
        }
    }
}
