using System.Globalization;
using HybridSession.Consistency;
using HybridSession.Core.Tests.Doubles;
using Microsoft.Extensions.Time.Testing;

namespace HybridSession.Core.Tests.Consistency;

public sealed class SessionTurnsTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private static readonly SessionKey Key = SessionToken.Create().ToKey();

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Who_comes_first_is_served_first_and_a_free_turn_is_had_at_once()
    {
        var turns = new SessionTurns(16, _time);
        var first = Enter(turns);
        Assert.True(first.IsCompletedSuccessfully);
        var waiting = Enumerable.Range(0, 5).Select(_ => Enter(turns)).ToArray();

        (await first).Turn!.Dispose();
        for (var i = 0; i < waiting.Length; i++)
        {
            var turn = (await waiting[i].Soon()).Turn!;
            await EngineHarness.SettleAsync();
            Assert.All(waiting[(i + 1)..], later => Assert.False(later.IsCompleted));
            turn.Dispose();
        }

        Assert.Equal(0, turns.Count);
    }

    [Fact]
    public async Task Other_sessions_are_not_held_up()
    {
        var turns = new SessionTurns(16, _time);
        await Enter(turns);

        var other = turns.EnterAsync(SessionToken.Create().ToKey(), Limit, default);

        Assert.True(other.IsCompletedSuccessfully);
        Assert.Equal(TurnOutcome.Entered, (await other).Outcome);
    }

    [Theory, InlineData(0), InlineData(1), InlineData(16)]
    public async Task One_more_than_may_wait_is_sent_away_at_once(int maxWaiting)
    {
        var turns = new SessionTurns(maxWaiting, _time);
        var holder = (await Enter(turns)).Turn!;
        var waiting = Enumerable.Range(0, maxWaiting).Select(_ => Enter(turns)).ToArray();

        var crowded = Enter(turns);

        Assert.True(crowded.IsCompletedSuccessfully);
        Assert.Equal(new TurnEntry(TurnOutcome.Crowded, null), await crowded);
        holder.Dispose();
        foreach (var entry in waiting) (await entry.Soon()).Turn!.Dispose();
        Assert.Equal(0, turns.Count);
    }

    [Fact]
    public async Task Who_has_waited_too_long_leaves_the_queue_and_the_others_keep_their_places()
    {
        var turns = new SessionTurns(16, _time);
        var holder = (await Enter(turns)).Turn!;
        var early = Enter(turns);
        _time.Advance(Limit / 2);
        var late = Enter(turns);

        _time.Advance(Limit / 2);

        Assert.Equal(TurnOutcome.Timeout, (await early.Soon()).Outcome);
        Assert.Equal(1, turns.CountWaiting(Key));
        holder.Dispose();
        (await late.Soon()).Turn!.Dispose();
        Assert.Equal(0, turns.Count);
    }

    [Fact]
    public async Task A_cancelled_request_leaves_the_queue()
    {
        var turns = new SessionTurns(1, _time);
        var holder = (await Enter(turns)).Turn!;
        using var cancel = new CancellationTokenSource();
        var waiting = turns.EnterAsync(Key, Limit, cancel.Token).AsTask();

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.Soon());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await turns.EnterAsync(Key, Limit, cancel.Token));
        var next = Enter(turns);
        holder.Dispose();
        (await next.Soon()).Turn!.Dispose();
        Assert.Equal(0, turns.Count);
    }

    [Fact]
    public async Task A_turn_ends_once()
    {
        var turns = new SessionTurns(16, _time);
        var holder = (await Enter(turns)).Turn!;
        var (second, third) = (Enter(turns), Enter(turns));

        holder.Dispose();
        holder.Dispose();

        var turn = (await second.Soon()).Turn!;
        await EngineHarness.SettleAsync();
        Assert.False(third.IsCompleted);
        turn.Dispose();
        (await third.Soon()).Turn!.Dispose();
    }

    /// <summary>To replay a failure, set <c>HYBRIDSESSION_SEED</c> to the seed that it names; the order of the threads is the machine's.</summary>
    [Fact]
    public async Task After_any_comings_and_goings_nobody_was_in_together_and_nothing_is_left()
    {
        var replay = Environment.GetEnvironmentVariable("HYBRIDSESSION_SEED");
        var first = replay is null ? Random.Shared.Next() : int.Parse(replay, CultureInfo.InvariantCulture);
        for (var run = 0; run < 100; run++)
        {
            var seed = replay is null ? unchecked(first + run) : first;
            try
            {
                await RunAsync(seed).Soon();
            }
            catch (Exception failure)
            {
                Assert.Fail($"HYBRIDSESSION_SEED={seed}: {failure}");
            }
        }
    }

    private static async Task RunAsync(int seed)
    {
        var random = new Random(seed);
        var turns = new SessionTurns(random.Next(0, 6), TimeProvider.System);
        var keys = Enumerable.Range(0, random.Next(1, 4)).Select(_ => SessionToken.Create().ToKey()).ToArray();
        var inside = new int[keys.Length];
        var together = 0;
        var entered = 0;
        var requests = Enumerable.Range(0, 60).Select(_ => (
            Key: random.Next(keys.Length), Limit: TimeSpan.FromMilliseconds(random.Next(0, 3) == 0 ? random.Next(0, 3) : 10_000), Cancel: random.Next(0, 4) == 0 ? random.Next(0, 3) : -1, Steps: random.Next(0, 10)));

        await Task.WhenAll(requests.ToArray().Select(request => Task.Run(async () =>
        {
            using var cancel = request.Cancel < 0 ? new CancellationTokenSource() : new CancellationTokenSource(request.Cancel);
            TurnEntry entry;
            try
            {
                entry = await turns.EnterAsync(keys[request.Key], request.Limit, cancel.Token);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }

            Assert.Equal(entry.Outcome == TurnOutcome.Entered, entry.Turn is not null);
            if (entry.Turn is not { } turn) return;
            if (Interlocked.Increment(ref inside[request.Key]) > 1) Interlocked.Increment(ref together);
            Interlocked.Increment(ref entered);
            for (var i = 0; i < request.Steps; i++) await Task.Yield();
            Interlocked.Decrement(ref inside[request.Key]);
            turn.Dispose();
        })));

        Assert.Equal(0, together);
        Assert.True(entered > 0);
        Assert.Equal(0, turns.Count);
    }

    private static Task<TurnEntry> Enter(SessionTurns turns) => turns.EnterAsync(Key, Limit, default).AsTask();
}
