using HybridSession.Core.Tests.Doubles;
using HybridSession.Hot;

namespace HybridSession.Core.Tests.Engine;

// How a session leaves the quarantine, or this node does.
public sealed class QuarantineEndTests
{
    private static readonly BackingStoreException Away = new("away", BackingStoreFailure.Transient, outcomeUnknown: false, null);

    [Fact]
    public async Task A_removed_session_leaves_the_quarantine_and_its_letter_goes_with_it()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        await node.RefuseAsync(session);

        await node.Engine.RemoveAsync(session, default);

        Assert.Empty(node.Letters());
        Assert.Equal(0, node.Rows.Count);
        Assert.Equal(0, node.Metrics.Gauge("hybridsession.quarantine.sessions"));
        Assert.Equal(SessionOrigin.Removed, (await node.OpenAsync(session.Token)).Origin);
        node.Engine.CheckInvariants();
    }

    [Fact]
    public async Task A_letter_that_arrives_after_its_session_was_removed_is_released()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        node.RefuseAll(session);
        node.Store.LetterOutage = () => Away;
        node.Set(session, "a", "refused");
        Assert.Equal(0, await node.DrainAsync());
        await node.UntilAsync(() => node.Store.PutLetters.Count == 1);
        // The answer to the first put was lost: it arrived all the same.
        await node.Rows.PutDeadLettersAsync(node.Store.PutLetters[0], default);

        node.Store.Outage = () => Away;
        await Assert.ThrowsAsync<BackingStoreException>(() => node.Engine.RemoveAsync(session, default).Soon());
        (node.Store.Outage, node.Store.LetterOutage) = (null, null);

        await node.UntilAsync(() => node.Letters().Count == 0, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task An_expired_session_leaves_the_quarantine_and_its_letter_is_released()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        await node.RefuseAsync(session);

        node.Time.Advance(node.Options.IdleTimeout);

        await node.UntilAsync(() => node.Letters().Count == 0, TimeSpan.FromSeconds(1));
        Assert.Equal(0, node.Metrics.Gauge("hybridsession.quarantine.sessions"));
        Assert.Null((await node.OpenAsync(session.Token)).Session);
        Assert.Equal(0, node.Metrics.Sum("hybridsession.changes.lost", "reason=quarantine"));
    }

    [Fact]
    public async Task A_session_that_expired_here_and_is_used_on_another_node_leaves_memory_and_its_letter_stays()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        await node.RefuseAsync(session);
        Assert.Empty(await node.Rows.TouchAsync([new SessionTouch(session.Key, session.BaseVersion, TimeSpan.FromHours(2))], default));
        node.Time.Advance(node.Options.IdleTimeout);

        await node.UntilAsync(() => node.Metrics.Gauge("hybridsession.quarantine.sessions") == 0, TimeSpan.FromSeconds(1));

        Assert.Equal("refused", node.Letter(session)!.Get("a"));
        Assert.Equal("1", EngineHarness.Get((await node.OpenAsync(session.Token)).Session!, "a"));
    }

    [Fact]
    public async Task An_expired_session_stays_while_it_cannot_be_asked_whether_its_row_has_expired_too()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        await node.RefuseAsync(session);
        node.Store.Outage = () => Away;
        node.Time.Advance(node.Options.IdleTimeout);

        await node.UntilAsync(() => node.Store.LoadedBatches.Count > 1, TimeSpan.FromSeconds(1));
        Assert.Equal(1, node.Metrics.Gauge("hybridsession.quarantine.sessions"));
        node.Store.Outage = null;

        await node.UntilAsync(() => node.Letters().Count == 0, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_session_in_quarantine_whose_token_cannot_be_replaced_keeps_token_and_content()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        await node.RefuseAsync(session);
        node.Store.Refuses = _ => true;

        var failure = await Assert.ThrowsAsync<BackingStoreException>(() => node.Engine.RegenerateAsync(session, default).Soon());

        Assert.Equal(BackingStoreFailure.Data, failure.Failure);
        Assert.Same(session, (await node.OpenAsync(session.Token)).Session);
        Assert.Equal("refused", EngineHarness.Get(session, "a"));
        Assert.Equal("refused", node.Letter(session)!.Get("a"));
        node.Engine.CheckInvariants();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_new_token_takes_the_refused_content_along_and_the_letter_is_released(bool wasEvicted)
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        await node.RefuseAsync(session);
        node.Store.Refuses = null;
        if (wasEvicted) node.Engine.Compact(1.0);

        var renewed = await node.Engine.RegenerateAsync(session, default);

        Assert.Equal("refused", await node.StoredAsync(renewed!, "a"));
        Assert.Equal(0, node.Metrics.Gauge("hybridsession.quarantine.sessions"));
        await node.UntilAsync(() => node.Letters().Count == 0);
        Assert.Equal(1, node.Rows.Count);
        node.Engine.CheckInvariants();
    }

    [Fact]
    public async Task A_change_that_is_refused_while_the_token_is_replaced_is_in_quarantine_under_the_new_token()
    {
        await using var node = EngineHarness.Start(o => o.Flushers = 1);
        var session = await node.BornAsync();
        node.Store.RekeyAnswers.Close();
        var renewing = node.Engine.RegenerateAsync(session, default).AsTask();
        await node.Store.RekeyAnswers.Reached;
        node.Store.Refuses = _ => true;
        node.Set(session, "a", "refused");
        node.Store.RekeyAnswers.Open();
        var renewed = await renewing.Soon();
        await node.UntilAsync(() => node.Letter(renewed!) is not null, TimeSpan.FromMilliseconds(20));

        Assert.Equal("refused", node.Letter(renewed!)!.Get("a"));
        await node.UntilAsync(() => node.Letters().Count == 1);
        Assert.Equal("refused", EngineHarness.Get(renewed!, "a"));
        node.Engine.CheckInvariants();
    }

    [Fact]
    public async Task A_session_that_another_node_removed_ends_here_when_its_touch_misses()
    {
        await using var node = EngineHarness.Start();
        await using var peer = node.StartPeer();
        var session = await node.BornAsync();
        await node.RefuseAsync(session);
        await peer.Engine.RemoveAsync((await peer.OpenAsync(session.Token)).Session!, default);

        node.Time.Advance(TimeSpan.FromMinutes(3));
        Assert.NotNull((await node.OpenAsync(session.Token)).Session);
        await node.UntilAsync(() => session.IsEnded, TimeSpan.FromSeconds(1));

        Assert.Equal(SessionOrigin.Removed, (await node.OpenAsync(session.Token)).Origin);
        Assert.Empty(node.Letters());
        Assert.Equal(0, node.Rows.Count);
    }

    [Fact]
    public async Task A_full_quarantine_lets_the_oldest_go_whose_letter_is_stored_and_nothing_is_lost()
    {
        await using var node = EngineHarness.Start(o => (o.Flushers, o.MaxQuarantineBytes) = (1, 1 << 20));
        var value = new string('x', 100_000);
        var sessions = new List<LiveSession>();
        for (var i = 0; i < 15; i++) sessions.Add(await node.BornAsync());
        node.RefuseAll([.. sessions]);

        foreach (var session in sessions)
        {
            node.Set(session, "a", value);
            Assert.Equal(0, await node.DrainAsync());
            await node.UntilAsync(() => node.Letter(session) is not null);
            await node.UntilAsync(() => node.Engine.QuarantinedWithoutLetter == 0);
        }

        Assert.Equal(10, node.Metrics.Gauge("hybridsession.quarantine.sessions"));
        Assert.Equal(15, node.Letters().Count);
        Assert.Equal(0, node.Metrics.Sum("hybridsession.changes.lost", "reason=quarantine"));
        // Those that were let go are as they are stored; the others are whole.
        Assert.Equal("1", EngineHarness.Get((await node.OpenAsync(sessions[0].Token)).Session!, "a"));
        Assert.Same(sessions[14], (await node.OpenAsync(sessions[14].Token)).Session);
        node.Engine.CheckInvariants();
    }

    [Fact]
    public async Task A_full_quarantine_without_letters_reports_what_it_lets_go_as_lost()
    {
        await using var node = EngineHarness.Start(o => (o.Flushers, o.MaxQuarantineBytes) = (1, 1 << 20));
        var sessions = new List<LiveSession>();
        for (var i = 0; i < 15; i++) sessions.Add(await node.BornAsync());
        node.RefuseAll([.. sessions]);
        node.Store.LetterOutage = () => Away;

        foreach (var session in sessions) node.Set(session, "a", new string('x', 100_000));
        Assert.Equal(0, await node.DrainAsync());

        Assert.Equal(10, node.Metrics.Gauge("hybridsession.quarantine.sessions"));
        Assert.Equal(5, node.Metrics.Sum("hybridsession.changes.lost", "reason=quarantine"));
    }

    [Fact]
    public async Task A_shutdown_writes_the_letters_that_are_missing_and_reports_nothing_lost()
    {
        var node = EngineHarness.Start();
        var session = await node.BornAsync();
        node.RefuseAll(session);
        node.Store.LetterOutage = () => Away;
        node.Set(session, "a", "refused");
        Assert.Equal(0, await node.DrainAsync());
        await node.UntilAsync(() => node.Store.PutLetters.Count == 1);
        node.Store.LetterOutage = null;

        await node.Engine.StopAsync(TestContext.Current.CancellationToken).Soon();

        Assert.Equal("refused", node.Letter(session)!.Get("a"));
        Assert.Equal(0, node.Metrics.Sum("hybridsession.changes.lost", "reason=quarantine"));
        await node.DisposeAsync();
    }

    [Fact]
    public async Task A_shutdown_reports_those_without_a_letter_as_lost_by_count()
    {
        var node = EngineHarness.Start();
        var (kept, lost) = (await node.BornAsync(), await node.BornAsync());
        await node.RefuseAsync(kept);
        node.RefuseAll(kept, lost);
        node.Store.LetterOutage = () => Away;
        node.Set(lost, "a", "refused");
        Assert.Equal(0, await node.DrainAsync());

        await node.Engine.StopAsync(TestContext.Current.CancellationToken).Soon();

        Assert.Equal(1, node.Metrics.Sum("hybridsession.changes.lost", "reason=quarantine"));
        Assert.Equal(0, node.Metrics.Sum("hybridsession.changes.lost", "reason=shutdown"));
        Assert.Equal(kept.Key, Assert.Single(node.Letters()).Key);
        node.Engine.Dispose();
    }

    [Fact]
    public async Task A_shutdown_does_not_wait_for_a_letter_beyond_its_deadline()
    {
        var node = EngineHarness.Start();
        var session = await node.BornAsync();
        node.RefuseAll(session);
        node.Store.LetterAnswers.Close();
        node.Set(session, "a", "refused");
        Assert.Equal(0, await node.DrainAsync());
        await node.Store.LetterAnswers.Reached;
        using var deadline = new CancellationTokenSource();

        var stopping = node.Engine.StopAsync(deadline.Token);
        await EngineHarness.SettleAsync();
        await deadline.CancelAsync();
        await stopping.Soon();

        Assert.Equal(1, node.Metrics.Sum("hybridsession.changes.lost", "reason=quarantine"));
        node.Store.LetterAnswers.Open();
    }
}
