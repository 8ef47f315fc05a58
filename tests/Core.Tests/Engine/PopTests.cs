using HybridSession.Core.Tests.Doubles;
using HybridSession.Hot;

namespace HybridSession.Core.Tests.Engine;

public sealed class PopTests
{
    private const int Workers = 4;
    private const int Rounds = 200;

    [Fact]
    public async Task A_popped_value_is_gone_from_memory_and_store()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync("a", "1");

        Assert.Equal("1", Pop(node, session, "a"));
        Assert.Null(Pop(node, session, "a"));

        Assert.Equal(0, await node.DrainAsync());
        Assert.Null(await node.StoredAsync(session, "a"));
    }

    [Fact]
    public async Task Popping_what_is_not_there_changes_nothing()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        var before = session.Payload.Bytes;

        Assert.Null(Pop(node, session, "b"));

        Assert.Same(before, session.Payload.Bytes);
        Assert.Equal(0, node.Engine.Unconfirmed().Count);
    }

    [Fact]
    public async Task Of_all_who_pop_a_value_at_the_same_time_exactly_one_gets_it()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        using var start = new Barrier(Workers);

        for (var round = 0; round < Rounds; round++)
        {
            node.Set(session, "ticket", $"{round}");
            var got = await Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    Assert.True(start.SignalAndWait(Waiting.Patience));
                    return Pop(node, session, "ticket");
                },
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

            Assert.Equal($"{round}", Assert.Single(got, static value => value is not null));
        }
    }

    [Fact]
    public async Task A_value_is_popped_from_the_object_that_memory_knows_and_only_once()
    {
        await using var node = EngineHarness.Start();
        var evicted = await node.BornAsync("a", "1");
        node.Engine.Compact(1.0);
        var present = (await node.OpenAsync(evicted.Token)).Session!;
        Assert.NotSame(evicted, present);
        node.Set(present, "a", "newer");

        Assert.Same(present, node.Engine.Pop(evicted, "a"u8, out var value));

        Assert.Equal("newer"u8.ToArray(), value);
        Assert.Null(Pop(node, present, "a"));
    }

    [Fact]
    public async Task A_value_that_was_popped_on_the_object_that_memory_knows_is_not_popped_from_an_evicted_one()
    {
        await using var node = EngineHarness.Start();
        var evicted = await node.BornAsync("a", "1");
        node.Engine.Compact(1.0);
        var present = (await node.OpenAsync(evicted.Token)).Session!;

        Assert.Equal("1", Pop(node, present, "a"));

        Assert.Null(Pop(node, evicted, "a"));
    }

    [Fact]
    public async Task A_value_that_is_popped_while_the_token_is_replaced_does_not_go_along()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync("a", "1");
        node.Store.RekeyAnswers.Close();
        var renewing = node.Engine.RegenerateAsync(session, default).Soon();
        await node.Store.RekeyAnswers.Reached;

        Assert.Equal("1", Pop(node, session, "a"));

        node.Store.RekeyAnswers.Open();
        var renewed = (await renewing)!;
        Assert.Null(EngineHarness.Get(renewed, "a"));
        Assert.Null(Pop(node, session, "a"));
        Assert.Equal(0, await node.DrainAsync());
        Assert.Null(await node.StoredAsync(renewed, "a"));
    }

    // Values are popped one after another until the session ends under the hands of who does it: the last one is the question.
    [Fact]
    public async Task A_value_is_never_both_popped_and_taken_along_to_a_new_token()
    {
        await using var node = EngineHarness.Start();
        var tickets = Enumerable.Range(0, 500).Select(static i => $"{i:D4}").ToArray();
        for (var round = 0; round < 30; round++)
        {
            var session = await node.BornAsync();
            var payload = session.Payload;
            foreach (var ticket in tickets) payload = payload.Set(EngineHarness.Bytes(ticket), "t"u8, payload.Version + 1, node.Engine.Node);
            Assert.True(session.TryReplace(session.Payload, payload));
            node.Set(session, "a", "2");
            var popping = Task.Factory.StartNew(
                () => tickets.TakeWhile(_ => !session.IsEnded).Where(ticket => Pop(node, session, ticket) is not null).ToHashSet(), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            node.Time.Advance(node.Options.MaxDirtyAge);
            var renewed = (await node.Engine.RegenerateAsync(session, default).Soon())!;

            var popped = await popping;

            Assert.DoesNotContain(renewed.Payload.Keys(), popped.Contains);
        }
    }

    private static string? Pop(EngineHarness node, LiveSession session, string key)
    {
        node.Engine.Pop(session, EngineHarness.Bytes(key), out var value);
        return value is null ? null : System.Text.Encoding.UTF8.GetString(value);
    }
}
