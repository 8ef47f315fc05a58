using HybridSession.Simulation.Clients;

namespace HybridSession.Simulation.Traces;

/// <summary>What random runs have found in the engine: each as the shortest script, which failed before it was mended.</summary>
public sealed class FoundTests
{
    [Fact]
    public Task What_a_merge_with_a_newer_row_leaves_to_store_is_not_left_waiting() => Script.RunAsync(async script =>
    {
        var subject = await script.BornAsync(tabs: 2);
        var (one, two) = (subject.Tabs[0], subject.Tabs[1]);
        await script.ReadAsync(two, script.B);
        // B has changes of its own, stored under a lower version than what A has stored meanwhile and the fail-over has lost.
        await script.SetAsync(one, script.A, Durability.Durable);
        var older = script.World.Rows.Snapshot();
        await script.SetAsync(one, script.A, Durability.Durable);
        await script.World.StepAsync("fail-over", () => script.World.FailOver(older));
        await script.ReadAsync(one, script.A);
        await script.StoreAllAsync();
    });

    [Fact]
    public Task A_node_whose_link_is_broken_for_a_moment_does_not_make_the_other_one_take_itself_to_be_alone() => Script.RunAsync(async script =>
    {
        var subject = await script.BornAsync();
        await script.ReadAsync(subject.Tabs[0], script.B);
        await script.World.AdvanceAsync(1_100);
        await script.CutAsync(script.B);
        await script.TellAsync(script.A);
        script.World.HoldsCall = call => call.Node == script.A && call.IsWrite;
        await script.SetAsync(subject.Tabs[0], script.A);
        Assert.Equal(2, subject.Cookie!.Stamp.Version);

        await script.BeginAsync(subject.Tabs[0], script.B, new RequestPlan(RequestKind.Read));
    });

    [Fact]
    public Task A_token_whose_replacement_runs_on_after_its_answer_was_lost_does_not_cost_the_session() => Script.RunAsync(async script =>
    {
        var subject = await script.BornAsync();
        var request = await script.BeginAsync(subject.Tabs[0], script.A, new RequestPlan(RequestKind.Regenerate));
        var first = script.Call(script.A, "rekey");
        await script.LoseAnswerAsync(script.A, "rekey", runsOn: true);
        await script.HappenAsync(script.A, "load");
        await script.AnswerAsync(script.A, "load");
        await script.World.StepAsync("the first replacement takes effect after all", () => script.World.Happen(first));
        await script.EndAsync(request);
        Assert.Equal(1, subject.Generation);
    });

    [Fact]
    public Task A_question_whose_answer_is_lost_is_asked_again() => Script.RunAsync(async script =>
    {
        var subject = await script.BornAsync();
        var older = script.World.Rows.Snapshot();
        await script.SetAsync(subject.Tabs[0], script.A);
        var request = await script.BeginAsync(subject.Tabs[0], script.B, new RequestPlan(RequestKind.Read));
        // Until the change is stored, and its storing on the way to be told.
        await script.World.SettleAsync(() => script.World.Calls.Exists(call => call.Node == script.A && call.Name.StartsWith("flush", StringComparison.Ordinal)));
        await script.HappenAsync(script.A, "flush");
        await script.AnswerAsync(script.A, "flush");
        // The fail-over undoes it, and loses the answer.
        await script.World.StepAsync("fail-over", () => script.World.FailOver(older));

        await script.EndAsync(request);
        Assert.NotEqual(SessionOrigin.Lost, request.Origin);
    });

    [Fact]
    public Task A_session_whose_token_may_have_been_replaced_is_not_served_from_memory_any_more() => Script.RunAsync(async script =>
    {
        var subject = await script.BornAsync();
        var request = await script.BeginAsync(subject.Tabs[0], script.A, new RequestPlan(RequestKind.Regenerate));
        await script.HappenAsync(script.A, "rekey");
        await script.LoseAnswerAsync(script.A, "rekey");
        await script.LoseAnswerAsync(script.A, "load");
        Assert.True(request.IsDone);

        var next = await script.ReadAsync(subject.Tabs[0], script.A);
        Assert.Null(next.Shown);
    });
}
