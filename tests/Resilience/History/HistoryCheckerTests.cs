using System.Diagnostics;

namespace HybridSession.Resilience.History;

/// <summary>The checker sees each kind of violation, and lets good histories pass.</summary>
public class HistoryCheckerTests
{
    private static HistoryBuilder Good => new HistoryBuilder().Set("a", 1, at: 0).Read(at: 10, new() { ["a"] = 1 }).Set("a", 2, at: 20);

    [Fact]
    public void A_history_in_which_everything_is_there_passes()
    {
        var result = Good.Stored(new() { ["a"] = 2 }).Check();

        Assert.Empty(result.Violations);
        Assert.Equal((2, 0, 3, 0), (result.Acknowledged, result.Missing, result.Requests, result.Errors));
    }

    [Fact]
    public void A_later_value_of_the_register_supersedes() => Assert.Equal("", Good.Set("a", 3, at: 30, Outcome.Unknown).Stored(new() { ["a"] = 3 }).Violated());

    [Fact]
    public void A_value_without_acknowledgement_may_be_missing() => Assert.Equal("", Good.Set("a", 3, at: 30, Outcome.Failed).Stored(new() { ["a"] = 2 }).Violated());

    [Fact]
    public void C1_an_acknowledged_value_is_missing()
    {
        Assert.Equal("C1", Good.Stored(new() { ["a"] = 1 }).Violated());
        Assert.Equal("C1 C1", Good.Stored(null).Violated());
        Assert.Equal("C1 C1", Good.Violated());
    }

    [Fact]
    public void C1_at_durable_a_crash_excuses_nothing_that_was_acknowledged()
    {
        var history = Good.Stored(new() { ["a"] = 1 }).Crash(at: 22);
        history.Rules = history.Rules with { Level = Durability.Durable };

        Assert.Equal("C1", history.Violated());
        Assert.Equal("C1", new HistoryBuilder().Set("a", 1, at: 0, durable: true).Crash(at: 2).Stored(new() { }).Violated());
    }

    [Fact]
    public void C2_a_stored_value_was_never_sent()
    {
        Assert.Equal("C2", Good.Stored(new() { ["a"] = 7 }).Violated());
        Assert.Equal("C2", Good.Stored(new() { ["a"] = 2, ["b"] = 1 }).Violated());
        Assert.Equal("C2", Good.Stored(new() { ["a"] = 2 }).Set("x", 1, at: 1, session: 2).Stored(new() { ["a"] = 1, ["x"] = 1 }, session: 2).Violated());
    }

    [Fact]
    public void C2_a_read_sees_what_was_not_sent_yet() =>
        Assert.Equal("C2", new HistoryBuilder().Read(at: 0, new() { ["a"] = 1 }, client: 2).Set("a", 1, at: 10).Stored(new() { ["a"] = 1 }).Violated());

    [Fact]
    public void C3_a_client_does_not_see_its_own_acknowledged_value() =>
        Assert.Equal("C3", Good.Read(at: 30, new() { ["a"] = 1 }).Stored(new() { ["a"] = 2 }).Violated());

    [Fact]
    public void C3_what_a_client_sees_of_another_goes_back() =>
        Assert.Equal("C3", Good.Read(at: 30, new() { ["a"] = 2 }, client: 2).Read(at: 40, new() { ["a"] = 1 }, client: 2).Stored(new() { ["a"] = 2 }).Violated());

    [Fact]
    public void C3_another_client_may_see_the_older_value_first() =>
        Assert.Equal("", Good.Read(at: 30, new() { ["a"] = 1 }, client: 2).Read(at: 40, new() { ["a"] = 2 }, client: 2).Stored(new() { ["a"] = 2 }).Violated());

    [Fact]
    public void C3_after_a_crash_a_client_may_see_what_the_promise_leaves_and_nothing_older()
    {
        var history = new HistoryBuilder().Set("a", 1, at: 0).Set("a", 2, at: 500).Set("a", 3, at: 900).Crash(at: 1_000);

        Assert.Equal("", history.Read(at: 1_100, new() { ["a"] = 2 }).Stored(new() { ["a"] = 2 }).Violated());
        Assert.Equal("C3", history.Read(at: 1_200, new() { ["a"] = 1 }).Violated());
    }

    [Fact]
    public void C4_a_token_opens_its_session_after_the_acknowledged_logout()
    {
        HistoryBuilder Ended() => Good.End(OperationKind.Logout, at: 30);

        Assert.Equal("", Ended().Stored(null).Violated());
        Assert.Equal("C4", Ended().Stored(null).Read(at: 40, new() { ["a"] = 2 }, kind: OperationKind.Probe).Violated());
        Assert.Equal("C4", Ended().Stored(new() { ["a"] = 2 }).Violated());
    }

    [Fact]
    public void C4_a_token_opens_its_session_after_its_acknowledged_replacement()
    {
        HistoryBuilder Replaced() => Good.End(OperationKind.Regenerate, at: 30).Stored(new() { ["a"] = 2 }, generation: 2);

        Assert.Equal("", Replaced().Stored(null, isCurrent: false).Read(at: 40, new() { ["a"] = 2 }, generation: 2).Violated());
        Assert.Equal("C4", Replaced().Stored(null, isCurrent: false).Read(at: 40, new() { ["a"] = 2 }, kind: OperationKind.Probe).Violated());
        Assert.Equal("C4", Replaced().Stored(new() { ["a"] = 2 }, isCurrent: false).Violated());
    }

    [Fact]
    public void A_session_whose_end_was_not_acknowledged_may_be_gone_or_not()
    {
        HistoryBuilder Unsure(OperationKind kind) => Good.End(kind, at: 30, Outcome.Unknown);

        Assert.Equal("", Unsure(OperationKind.Logout).Stored(null).Violated());
        Assert.Equal("", Unsure(OperationKind.Logout).Stored(new() { ["a"] = 2 }).Violated());
        Assert.Equal("", Unsure(OperationKind.Regenerate).Stored(null).Violated());
        Assert.Equal("C1", Unsure(OperationKind.Regenerate).Stored(new() { ["a"] = 1 }).Violated());
    }

    [Fact]
    public void C5_the_audit_found_a_contradiction_or_nothing_at_all()
    {
        var good = Good.Stored(new() { ["a"] = 2 });
        good.Observations = good.Observations with { Audit = ["Row went from version 3 to 2."] };
        Assert.Equal("C5", good.Violated());

        good.Observations = new Observations();
        Assert.Equal("C5", good.Violated());
    }

    [Fact]
    public void C6_what_is_reported_lost_is_what_is_missing()
    {
        HistoryBuilder Short(long reported)
        {
            var history = Good.Set("b", 1, at: 40, Outcome.Unknown, session: 2).Stored(new() { ["a"] = 1 }).Stored(new() { }, session: 2);
            history.Rules = history.Rules with { MayReportLoss = true, MaxErrorRate = null };
            history.Observations = history.Observations with { ReportedLost = reported };
            return history;
        }

        Assert.Equal("C6", Short(reported: 0).Violated());
        Assert.Equal("", Short(reported: 1).Violated());
        Assert.Equal("", Short(reported: 2).Violated());
        Assert.Equal("C6", Short(reported: 3).Violated());
    }

    [Fact]
    public void C6_nothing_may_be_reported_where_nothing_may_be_lost()
    {
        var history = Good.Stored(new() { ["a"] = 2 });
        history.Observations = history.Observations with { ReportedLost = 1 };

        Assert.Equal("C6", history.Violated());
    }

    [Fact]
    public void C7_only_what_was_acknowledged_within_the_promise_before_a_crash_may_be_missing()
    {
        var good = new HistoryBuilder().Set("a", 1, at: 0).Set("a", 2, at: 900).Stored(new() { ["a"] = 1 }).Crash(at: 1_000);
        Assert.Empty(good.Check().Violations);
        Assert.Equal((1, 99), (good.Check().Missing, (int)good.Check().OldestMissing.TotalMilliseconds));

        Assert.Equal("C7", new HistoryBuilder().Set("a", 1, at: 0).Set("a", 2, at: 700).Stored(new() { ["a"] = 1 }).Crash(at: 1_000).Violated());
    }

    [Fact]
    public void C7_the_margin_grows_with_the_slowest_request_that_waited_for_nothing()
    {
        Operation Set(int took, bool durable) => new()
        {
            Client = 1,
            Session = 1,
            Kind = OperationKind.Set,
            IsDurable = durable,
            Invoked = 0,
            Completed = Stopwatch.Frequency * took / 1_000,
            Outcome = Outcome.Ok,
        };

        var window = Crash.Of([Set(took: 300, durable: false), Set(took: 900, durable: true)], 0, 0, TimeSpan.FromMilliseconds(200)).Window;

        Assert.Equal(1_000, window.TotalMilliseconds, tolerance: 1);
    }

    [Fact]
    public void C7_a_crash_excuses_nothing_that_was_set_after_it() =>
        Assert.Equal("C1", new HistoryBuilder().Set("a", 1, at: 0).Crash(at: 100).Set("a", 2, at: 200).Stored(new() { ["a"] = 1 }).Violated());

    [Fact]
    public void C8_a_request_is_slow_or_a_hot_session_is_refused_or_recovery_takes_long()
    {
        var slow = Good.Set("a", 3, at: 30, took: 5_100).Stored(new() { ["a"] = 3 });
        slow.Rules = slow.Rules with { SlowestRequest = TimeSpan.FromSeconds(5) };
        Assert.Equal("C8", slow.Violated());

        var waited = Good.Set("a", 3, at: 30, Outcome.Failed, durable: true).Stored(new() { ["a"] = 2 });
        waited.Rules = waited.Rules with { MaxErrorRate = 0 };
        Assert.Equal("", waited.Violated());
        var refused = Good.Set("a", 3, at: 30, Outcome.Failed).Stored(new() { ["a"] = 2 });
        refused.Rules = refused.Rules with { MaxErrorRate = 0 };
        Assert.Equal("C8", refused.Violated());
        refused.Rules = refused.Rules with { MaxErrorRate = 0.5 };
        Assert.Equal("", refused.Violated());

        var late = Good.Stored(new() { ["a"] = 2 });
        late.Rules = late.Rules with { Recovery = TimeSpan.FromSeconds(5) };
        Assert.Equal("C8", late.Violated());
        late.Observations = late.Observations with { Recovery = TimeSpan.FromSeconds(6) };
        Assert.Equal("C8", late.Violated());
        late.Observations = late.Observations with { Recovery = TimeSpan.FromSeconds(4) };
        Assert.Equal("", late.Violated());
    }

    [Fact]
    public void C8_a_scenario_without_requests_proves_nothing() => Assert.Equal("C8", new HistoryBuilder().Violated());

    [Fact]
    public void C9_something_stays_behind()
    {
        string With(Func<Observations, Observations> change)
        {
            var history = Good.Stored(new() { ["a"] = 2 });
            history.Observations = change(history.Observations);
            return history.Violated();
        }

        Assert.Equal("C9", With(o => o with { DirtySessions = 1 }));
        Assert.Equal("C9", With(o => o with { DirtyBytes = 1 }));
        Assert.Equal("C9", With(o => o with { Connections = 12 }));
        Assert.Equal("C9", With(o => o with { ConnectionsLeft = 1 }));
    }
}
