using HybridSession.Consistency;
using HybridSession.Simulation.Clients;
using HybridSession.Simulation.World;

namespace HybridSession.Simulation.Traces;

/// <summary>
/// The shortest ways in which earlier wordings of the protocol failed, each as a script. At the end of each everything is healed, and rows, memories and clients are compared.
/// </summary>
public sealed class TraceTests
{
    private static readonly RequestPlan Read = new(RequestKind.Read);

    [Fact]
    public Task Of_two_durable_changes_in_parallel_none_is_acknowledged_without_being_stored() => Script.RunAsync(async script =>
    {
        var subject = await script.BornAsync(tabs: 2);
        await script.ReadAsync(subject.Tabs[1], script.B);
        var one = await script.BeginAsync(subject.Tabs[0], script.A, Set(subject.Tabs[0], Durability.Durable));
        var two = await script.BeginAsync(subject.Tabs[1], script.B, Set(subject.Tabs[1], Durability.Durable));
        await script.HappenAsync(script.A, "flush");
        await script.HappenAsync(script.B, "flush");
        await script.EndAsync(one);
        await script.EndAsync(two);
    });

    [Fact]
    public Task A_merge_of_two_contents_of_one_version_is_not_stored_under_that_version() => Script.RunAsync(async script =>
    {
        var subject = await script.BornAsync(tabs: 2);
        await script.ReadAsync(subject.Tabs[1], script.B);
        await script.BeginAsync(subject.Tabs[0], script.A, Set(subject.Tabs[0]));
        await script.BeginAsync(subject.Tabs[1], script.B, Set(subject.Tabs[1]));
        await script.StoreAllAsync();
        Assert.True(script.Row(subject)!.Value.Version > 2);
    });

    [Fact]
    public Task A_removed_key_does_not_come_back_by_a_stale_clean_copy_after_its_tombstone_was_dropped() => Script.RunAsync(async script =>
    {
        var subject = await script.BornAsync(keysPerTab: 20);
        var tab = subject.Tabs[0];
        foreach (var key in tab.Keys) await script.DoAsync(tab, script.A, new RequestPlan(RequestKind.Set, key));
        await script.ReadAsync(tab, script.B);
        foreach (var key in tab.Keys) await script.DoAsync(tab, script.A, new RequestPlan(RequestKind.Remove, key));
        await script.StoreAllAsync();

        var shown = (await script.ReadAsync(tab, script.B)).Shown!.Value;
        Assert.Equal(0, shown.KeyCount);
    });

    [Fact]
    public Task A_copy_of_as_high_a_version_does_not_pass_for_the_change_of_another_node() => Script.RunAsync(async script =>
    {
        var subject = await script.BornAsync(tabs: 2);
        await script.ReadAsync(subject.Tabs[1], script.B);
        script.World.HoldsCall = static call => call.IsWrite;
        await script.SetAsync(subject.Tabs[1], script.B);
        var stale = subject.Cookie!;
        subject.Cookie = stale with { Stamp = subject.FirstStamp, Covered = new Dictionary<string, Change>() };
        await script.SetAsync(subject.Tabs[0], script.A);
        Assert.Equal(stale.Stamp.Version, subject.Cookie.Stamp.Version);
        script.World.HoldsCall = static _ => false;

        await script.ReadAsync(subject.Tabs[0], script.B);
    });

    [Fact]
    public Task An_old_stamp_does_not_open_an_old_copy_once_the_change_was_announced() => Script.RunAsync(async script =>
    {
        var subject = await script.BornAsync();
        await script.ReadAsync(subject.Tabs[0], script.B);
        await script.SetAsync(subject.Tabs[0], script.A, Durability.Durable);
        await script.StoreAllAsync();
        subject.Cookie = subject.Cookie! with { Stamp = subject.FirstStamp };

        await script.ReadAsync(subject.Tabs[0], script.B);
    });

    [Fact]
    public Task A_change_that_its_client_was_shown_is_not_missing_on_another_node_though_the_response_to_it_was_lost() => Script.RunAsync(async script =>
    {
        var subject = await script.BornAsync();
        var tab = subject.Tabs[0];
        await script.ReadAsync(tab, script.B);
        script.World.HoldsCall = static call => call.IsWrite;
        await script.DoAsync(tab, script.A, Set(tab) with { IsAborted = true });
        await script.ReadAsync(tab, script.A);
        script.World.HoldsCall = static _ => false;

        await script.ReadAsync(tab, script.B);
    });

    [Fact]
    public Task A_durable_change_is_not_acknowledged_because_the_row_was_read_at_a_higher_version() => Script.RunAsync(async script =>
    {
        var subject = await script.BornAsync(tabs: 2, keepsStamps: false);
        await script.ReadAsync(subject.Tabs[1], script.B);
        var onB = await script.BeginAsync(subject.Tabs[1], script.B, Set(subject.Tabs[1], Durability.Durable));
        await script.HappenAsync(script.B, "load");
        await script.AnswerAsync(script.B, "load");
        script.World.HoldsCall = call => call.Node == script.B && call.IsWrite;
        await script.SetAsync(subject.Tabs[0], script.A, Durability.Durable);
        var reader = await script.BeginAsync(subject.Tabs[0], script.B, Read);
        await script.EndAsync(reader);
        Assert.False(onB.IsDone);
        script.World.HoldsCall = static _ => false;
        await script.EndAsync(onB);
    });

    [Fact]
    public Task A_session_whose_birth_runs_on_late_does_not_exist_under_a_token_that_left() => Script.RunAsync(LateBirthAsync);

    [Fact]
    public Task Without_a_fresh_token_after_an_uncertain_birth_a_removed_session_comes_back() =>
        FailsAsync(LateBirthAsync, new WorldSetup { StoreDefects = StoreDefects.DeniesUnknownOutcomes }, Sentence.NeverBack);

    [Fact]
    public Task A_session_that_is_removed_while_it_is_read_is_not_served_from_that_read() => Script.RunAsync(async script =>
    {
        var subject = await script.BornAsync(tabs: 2);
        await script.BeginAsync(subject.Tabs[1], script.B, Read);
        await script.HappenAsync(script.B, "load");
        script.World.HoldsCall = call => call.Node == script.B;
        await script.DoAsync(subject.Tabs[0], script.A, new RequestPlan(RequestKind.Abandon));
        script.World.HoldsCall = static _ => false;
        await script.StoreAllAsync();

        var next = await script.ReadAsync(subject.Tabs[0], script.B);
        Assert.Null(next.Shown);
    });

    [Fact]
    public Task A_row_that_was_read_before_this_node_stored_a_change_is_not_put_into_memory_after_it() => Script.RunAsync(OldRowAsync);

    [Fact]
    public Task Without_the_invalidation_of_loads_an_older_row_is_put_into_memory() =>
        FailsAsync(OldRowAsync, Without(rules => rules.LoadsAreInvalidated = false), Sentence.Converges, Sentence.StampCovers);

    [Fact]
    public Task A_token_that_is_replaced_from_a_stale_copy_does_not_leave_a_durable_change_behind() => Script.RunAsync(async script =>
    {
        var subject = await script.BornAsync(tabs: 2);
        await script.ReadAsync(subject.Tabs[1], script.B);
        script.World.HoldsMessage = static _ => true;
        var replacing = await script.BeginAsync(subject.Tabs[1], script.B, new RequestPlan(RequestKind.Regenerate));
        await script.SetAsync(subject.Tabs[0], script.A, Durability.Durable);
        script.World.HoldsMessage = static _ => false;
        await script.EndAsync(replacing);
        Assert.Equal(1, subject.Generation);
    });

    [Fact]
    public Task A_session_that_was_removed_does_not_move_to_a_new_token() => Script.RunAsync(async script =>
    {
        var subject = await script.BornAsync(tabs: 2);
        await script.ReadAsync(subject.Tabs[1], script.B);
        var replacing = await script.BeginAsync(subject.Tabs[1], script.B, new RequestPlan(RequestKind.Regenerate));
        script.World.HoldsCall = call => call.Node == script.B;
        await script.DoAsync(subject.Tabs[0], script.A, new RequestPlan(RequestKind.Abandon));
        script.World.HoldsCall = static _ => false;
        await script.EndAsync(replacing);
        Assert.Equal(0, subject.Generation);
    });

    [Fact]
    public Task A_change_that_was_reported_late_does_not_win_over_what_its_client_changed_afterwards() => Script.RunAsync(script => LateAsync(script, RequestKind.Set));

    [Fact]
    public Task A_change_that_was_reported_late_does_not_survive_a_clear() => Script.RunAsync(script => LateAsync(script, RequestKind.Clear));

    [Fact]
    public Task Without_an_empty_change_above_it_a_late_change_wins() =>
        FailsAsync(script => LateAsync(script, RequestKind.Set), Without(rules => rules.LostChangesAreSurpassed = false), Sentence.StampCovers, Sentence.NothingDropped);

    [Fact]
    public Task After_a_fail_over_to_an_older_state_no_change_is_missing_that_a_node_still_has() => Script.RunAsync(async script =>
    {
        var subject = await script.BornAsync();
        var older = script.World.Rows.Snapshot();
        await script.SetAsync(subject.Tabs[0], script.A, Durability.Durable);
        await script.StoreAllAsync();
        await script.World.StepAsync("fail-over", () => script.World.FailOver(older));

        var request = await script.ReadAsync(subject.Tabs[0], script.B);
        Assert.NotEqual(SessionOrigin.Lost, request.Origin);
        await script.StoreAllAsync();
        Assert.True(subject.IsKept(script.Row(subject)!.Value, subject.Changes[^1]));
    });

    [Fact]
    public Task A_change_that_was_lost_in_a_crash_is_reported() => Script.RunAsync(async script =>
    {
        var subject = await script.BornAsync();
        script.World.HoldsCall = static call => call.IsWrite;
        await script.SetAsync(subject.Tabs[0], script.A);
        await script.CrashAsync(script.A);

        var request = await script.ReadAsync(subject.Tabs[0], script.B);
        Assert.Equal(SessionOrigin.Lost, request.Origin);
        var again = await script.ReadAsync(subject.Tabs[0], script.B);
        Assert.NotEqual(SessionOrigin.Lost, again.Origin);
    });

    private static RequestPlan Set(Tab tab, Durability durability = Durability.WriteBehind) => new(RequestKind.Set, tab.Keys[0], durability);

    private static WorldSetup Without(Action<ProtocolRules> rule) => new() { Configure = options => rule(options.Rules) };

    private static async Task FailsAsync(Func<Script, Task> act, WorldSetup setup, params string[] sentences)
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => Script.RunAsync(act, setup));
        Assert.Contains(Assert.IsType<ViolationException>(failure.InnerException).Sentence, sentences);
    }

    // The INSERT is not answered and runs on; the session is stored again, and removed; then the first INSERT takes effect.
    private static async Task LateBirthAsync(Script script)
    {
        var subject = new Subject("s", 1, 1, keepsStamps: true);
        script.World.Subjects.Add(subject);
        var tab = subject.Tabs[0];
        var birth = await script.BeginAsync(tab, script.A, Set(tab));
        var late = script.Call(script.A, "flush");
        await script.LoseAnswerAsync(script.A, "flush", runsOn: true);
        script.World.HoldsCall = call => call == late;
        await script.EndAsync(birth);
        await script.DoAsync(tab, script.A, new RequestPlan(RequestKind.Abandon));
        await script.World.StepAsync("the first birth takes effect after all", () => script.World.Happen(late));
        script.World.HoldsCall = static _ => false;
    }

    // A read is under way while another request, on a copy that was evicted meanwhile, changes and stores the session.
    private static async Task OldRowAsync(Script script)
    {
        var subject = await script.BornAsync(tabs: 2);
        script.World.HoldsPauses = true;
        var changing = await script.BeginAsync(subject.Tabs[0], script.A, Set(subject.Tabs[0], Durability.Durable) with { StopsBefore = true });
        script.A.Engine.Compact(1);
        var reading = await script.BeginAsync(subject.Tabs[1], script.A, Read);
        var load = script.Call(script.A, "load");
        await script.HappenAsync(script.A, "load");
        script.World.HoldsCall = call => call == load;
        await script.World.StepAsync("the change goes on", () => script.World.Resume(script.World.Pauses[0]));
        await script.EndAsync(changing);
        script.A.Engine.Compact(1);
        script.World.HoldsCall = static _ => false;
        await script.EndAsync(reading);
    }

    // A cannot be heard of for longer than a change may be late, and has two changes by then; its client goes on at B.
    private static async Task LateAsync(Script script, RequestKind kind)
    {
        var subject = await script.BornAsync();
        var tab = subject.Tabs[0];
        await script.World.AdvanceAsync(1_100);
        await script.World.StepAsync("A does not reach the store", () => script.World.Partition(script.A));
        for (var i = 0; i < 3; i++) await script.BeginAsync(tab, script.A, Set(tab));
        var request = await script.DoAsync(tab, script.B, kind == RequestKind.Clear ? new RequestPlan(kind) : Set(tab));
        Assert.Equal(SessionOrigin.Lost, request.Origin);
        await script.World.StepAsync("A reaches the store again", () => script.World.Heal(script.A));
        await script.StoreAllAsync();
        await script.ReadAsync(tab, script.A);
    }
}
