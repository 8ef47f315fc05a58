using System.Text;
using CsCheck;
using HybridSession.Core.Tests.Doubles;
using HybridSession.Hot;
using HybridSession.Payload;
using HybridSession.Updates;
using HybridSession.Users;

namespace HybridSession.Core.Tests.Engine;

public class UpdateTests
{
    private static readonly BackingStoreException AnswerLost = new("answer lost", BackingStoreFailure.Transient, outcomeUnknown: true, null);

    [Fact]
    public async Task Parallel_updates_of_one_node_all_count()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 1_000; i++) Increment(node, session);
        })));

        Assert.Equal(8_000, Read(session));
    }

    [Fact]
    public async Task Two_nodes_that_count_at_the_same_time_count_together()
    {
        await using var a = EngineHarness.Start();
        await using var b = a.StartPeer();
        var (onA, onB) = await OnBothAsync(a, b);
        for (var i = 0; i < 3; i++) Increment(a, onA);
        for (var i = 0; i < 5; i++) Increment(b, onB);

        Assert.Equal(0, await a.DrainAsync());
        Assert.Equal(0, await b.DrainAsync());

        Assert.Equal(8, await StoredAsync(a, onA));
        Assert.Equal(8, Read(onB));
    }

    [Fact]
    public async Task What_the_application_computes_is_computed_again_from_what_the_other_node_stored()
    {
        await using var a = EngineHarness.Start();
        await using var b = a.StartPeer();
        var (onA, onB) = await OnBothAsync(a, b);
        Append(a, onA, "a1");
        Append(a, onA, "a2");
        Append(b, onB, "b1");

        Assert.Equal(0, await a.DrainAsync());
        Append(b, onB, "b2");
        Assert.Equal(0, await b.DrainAsync());

        Assert.Equal("a1 a2 b1 b2 ", await b.StoredAsync(onB, "n"));
    }

    [Fact]
    public async Task An_update_that_removes_the_key_is_repeated_too()
    {
        await using var a = EngineHarness.Start();
        await using var b = a.StartPeer();
        var (onA, onB) = await OnBothAsync(a, b);
        a.Set(onA, "n", "from a");
        b.Engine.Update(onB, "n"u8, new CustomUpdate(current => current is null ? [1] : null), out _, out _);

        Assert.Equal(0, await a.DrainAsync());
        Assert.Equal(0, await b.DrainAsync());

        Assert.Null(await b.StoredAsync(onB, "n"));
    }

    [Fact]
    public async Task A_flush_whose_answer_was_lost_counts_once()
    {
        await using var a = EngineHarness.Start();
        var session = await a.BornAsync();
        for (var i = 0; i < 3; i++) Increment(a, session);
        a.Store.FlushFailures.Enqueue((AnswerLost, AfterEffect: true));

        await StoreAllAsync(a);

        Assert.Equal(3, await StoredAsync(a, session));
    }

    [Fact]
    public async Task A_flush_whose_answer_was_lost_counts_once_when_another_node_counted_on()
    {
        await using var a = EngineHarness.Start(o => o.Flushers = 1);
        await using var b = a.StartPeer(o => o.Flushers = 1);
        var session = await a.BornAsync();
        for (var i = 0; i < 3; i++) Increment(a, session);
        a.Store.FlushAnswers.Close();
        a.Store.FlushFailures.Enqueue((AnswerLost, AfterEffect: true));
        a.Time.Advance(a.Options.MaxDirtyAge);
        await a.Store.FlushAnswers.Reached;
        // Not in the flush, whose answer is on its way.
        Increment(a, session);
        var onB = (await b.OpenAsync(session.Token)).Session!;
        Assert.Equal(3, Read(onB));
        for (var i = 0; i < 5; i++) Increment(b, onB);
        Assert.Equal(0, await b.DrainAsync());

        a.Store.FlushAnswers.Open();
        await StoreAllAsync(a);

        Assert.Equal(9, await StoredAsync(a, session));
    }

    [Fact]
    public async Task A_plain_change_in_between_starts_anew()
    {
        await using var a = EngineHarness.Start();
        await using var b = a.StartPeer();
        var (onA, onB) = await OnBothAsync(a, b);
        Append(a, onA, "a");
        Assert.Equal(0, await a.DrainAsync());
        for (var i = 0; i < 10; i++) Append(b, onB, "x");
        b.Set(onB, "n", "set: ");
        Append(b, onB, "y");

        Assert.Equal(0, await b.DrainAsync());

        // By version the set of b is later than what a did.
        Assert.Equal("set: y ", await b.StoredAsync(onB, "n"));
    }

    [Fact]
    public async Task Updates_go_along_with_a_new_token()
    {
        await using var a = EngineHarness.Start();
        await using var b = a.StartPeer();
        var session = await a.BornAsync();
        for (var i = 0; i < 3; i++) Increment(a, session);
        a.Store.RekeyAnswers.Close();
        var moving = a.Engine.RegenerateAsync(session, default).AsTask();
        await a.Store.RekeyAnswers.Reached;
        Increment(a, session);
        a.Store.Flushes.Close();
        a.Store.RekeyAnswers.Open();
        var moved = (await moving)!;
        var onB = (await b.OpenAsync(moved.Token)).Session!;
        for (var i = 0; i < 5; i++) Increment(b, onB);
        Assert.Equal(0, await b.DrainAsync());

        a.Store.Flushes.Open();
        Assert.Equal(0, await a.DrainAsync());

        Assert.Equal(9, await StoredAsync(a, moved));
    }

    [Fact]
    public async Task What_a_bind_has_stored_is_not_counted_again()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        Increment(node, session);
        node.Store.BindAnswers.Close();
        node.Store.Flushes.Close();
        var binding = node.Engine.BindAsync(session, "ann", default).AsTask();
        await node.Store.BindAnswers.Reached;
        Increment(node, session);
        node.Store.BindAnswers.Open();
        Assert.Equal(BindResult.Bound, await binding);
        node.Store.Flushes.Open();
        await StoreAllAsync(node);

        Assert.Equal(2, await StoredAsync(node, session));
    }

    [Fact]
    public async Task An_update_that_throws_when_it_is_repeated_is_told_and_leaves_the_later_change()
    {
        await using var a = EngineHarness.Start();
        await using var b = a.StartPeer();
        var (onA, onB) = await OnBothAsync(a, b);
        a.Set(onA, "n", "secret of a");
        b.Engine.Update(onB, "n"u8, new CustomUpdate(current => current is null ? "of b"u8.ToArray() : throw new InvalidOperationException(Encoding.UTF8.GetString(current))), out _, out _);
        b.Set(onB, "other", "1");

        Assert.Equal(0, await a.DrainAsync());
        Assert.Equal(0, await b.DrainAsync());

        Assert.Contains("InvalidOperationException", Assert.Single(b.Logs.Of(1613)), StringComparison.Ordinal);
        Assert.DoesNotContain(b.Logs.Lines, line => line.Text.Contains("secret", StringComparison.Ordinal));
        Assert.Equal(("secret of a", "1"), (await b.StoredAsync(onB, "n"), await b.StoredAsync(onB, "other")));
    }

    [Fact]
    public async Task An_update_that_throws_changes_nothing()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        var before = session.Payload.Bytes;

        Assert.Throws<InvalidOperationException>(() => node.Engine.Update(session, "n"u8, new CustomUpdate(_ => throw new InvalidOperationException("no")), out _, out _));
        Assert.Throws<SessionLimitException>(() => node.Engine.Update(session, "n"u8, new CustomUpdate(_ => new byte[node.Options.MaxPayloadBytes]), out _, out _));

        Assert.Same(before, session.Payload.Bytes);
    }

    [Fact]
    public void More_updates_than_are_remembered_are_an_ordinary_change()
    {
        var chain = new UpdateChain([1], 0);
        for (var i = 1; i <= 256; i++) chain.Add(new CustomUpdate(static current => current), i, sealedVersion: 0);
        Assert.True(chain.CanRepeat);

        chain.Add(new CustomUpdate(static current => current), 257, sealedVersion: 0);

        Assert.False(chain.CanRepeat);
    }

    [Fact]
    public void Any_number_of_increments_is_remembered_as_one_but_what_a_flush_may_carry_stays_apart()
    {
        var chain = new UpdateChain([1], 0);
        for (var i = 1; i <= 1_000; i++) chain.Add(new IncrementUpdate(1), i, sealedVersion: i > 400 ? 400 : 0);
        chain.Stored(400);

        Assert.True(chain.CanRepeat);
        Assert.Equal(600, IncrementUpdate.Read(chain.Repeat(null)));
    }

    [Theory]
    [InlineData(int.MaxValue, 1, 8)]
    [InlineData(int.MaxValue - 1, 1, 4)]
    [InlineData(int.MinValue, -1, 8)]
    public void A_sum_has_four_bytes_while_it_fits(long start, long by, int length)
    {
        var value = new IncrementUpdate(by).Apply(new IncrementUpdate(start).Apply(null));

        Assert.Equal(length, value!.Length);
        Assert.Equal(start + by, IncrementUpdate.Read(value));
    }

    [Fact]
    public void A_sum_that_does_not_fit_and_a_value_that_is_no_number_are_refused_without_showing_it()
    {
        Assert.Throws<OverflowException>(() => new IncrementUpdate(1).Apply(new IncrementUpdate(long.MaxValue).Apply(null)));
        Assert.DoesNotContain("secret", Assert.Throws<InvalidOperationException>(() => new IncrementUpdate(1).Apply("secret"u8.ToArray())).Message, StringComparison.Ordinal);
        Assert.Null(new IncrementUpdate(long.MaxValue).Join(new IncrementUpdate(1)));
        Assert.Null(new IncrementUpdate(long.MinValue).Join(new IncrementUpdate(-1)));
    }

    [Fact]
    public async Task Whatever_three_nodes_do_at_whatever_time_every_increment_counts_exactly_once() => await Gen.Select(Gen.Int[0, 2], Gen.Int[0, 5]).Array[1, 60].SampleAsync(
        async steps =>
        {
            await using var a = EngineHarness.Start();
            await using var b = a.StartPeer();
            await using var c = a.StartPeer();
            EngineHarness[] nodes = [a, b, c];
            var token = (await a.BornAsync()).Token;
            var sum = 0;
            foreach (var (at, what) in steps)
            {
                var session = (await nodes[at].OpenAsync(token)).Session!;
                if (what == 0) await StoreAllAsync(nodes[at]);
                else if (what == 1) nodes[at].Store.FlushFailures.Enqueue((AnswerLost, AfterEffect: sum % 2 == 0));
                else if (what == 2) nodes[at].Set(session, $"of {at}", $"{sum}");
                else sum += Increment(nodes[at], session);
            }

            foreach (var node in nodes) await StoreAllAsync(node);

            var last = (await a.OpenAsync(token)).Session!;
            Assert.Equal(sum, await StoredAsync(a, last));
        },
        iter: 100, threads: 1);

    private static Task StoreAllAsync(EngineHarness node) => node.UntilAsync(() => node.Engine.Unconfirmed().Count == 0, TimeSpan.FromMilliseconds(50));

    private static async Task<(LiveSession OnA, LiveSession OnB)> OnBothAsync(EngineHarness a, EngineHarness b)
    {
        var onA = await a.BornAsync();
        return (onA, (await b.OpenAsync(onA.Token)).Session!);
    }

    private static int Increment(EngineHarness node, LiveSession session)
    {
        node.Engine.Update(session, "n"u8, new IncrementUpdate(1), out _, out _);
        return 1;
    }

    private static void Append(EngineHarness node, LiveSession session, string text) =>
        node.Engine.Update(session, "n"u8, new CustomUpdate(current => [.. current ?? [], .. Encoding.UTF8.GetBytes(text + " ")]), out _, out _);

    private static long Read(LiveSession session) => session.Payload.TryGet("n"u8, out var value) ? IncrementUpdate.Read(value) : 0;

    private static async Task<long> StoredAsync(EngineHarness node, LiveSession session)
    {
        var row = (await node.Rows.LoadAsync([session.Key], default))[0]!;
        Assert.True(PackedSession.TryRead(row.Payload, out var payload, out var problem), problem);
        return payload.TryGet("n"u8, out var value) ? IncrementUpdate.Read(value) : 0;
    }
}
