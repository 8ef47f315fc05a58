using HybridSession.Core.Tests.Doubles;

namespace HybridSession.Core.Tests.Engine;

public sealed class QuarantineTests
{
    private static readonly BackingStoreException Away = new("away", BackingStoreFailure.Transient, outcomeUnknown: false, null);

    [Fact]
    public async Task One_session_among_a_thousand_whose_data_the_store_refuses_does_not_hold_up_the_others()
    {
        await using var node = EngineHarness.Start(o => o.Flushers = 1);
        var sessions = await Task.WhenAll(Enumerable.Range(0, 1_000).Select(_ => node.BornAsync()));
        var culprit = sessions[617];
        node.Store.Refuses = write => write.Key == culprit.Key;
        node.Store.FlushedBatches.Clear();
        foreach (var session in sessions) node.Set(session, "a", "2");

        Assert.Equal(0, await node.DrainAsync());

        foreach (var session in sessions) Assert.Equal(session == culprit ? "1" : "2", await node.StoredAsync(session, "a"));
        Assert.InRange(node.Store.FlushedBatches.Count, 2, 25);
        Assert.Equal("2", EngineHarness.Get(culprit, "a"));
        Assert.Same(culprit, (await node.OpenAsync(culprit.Token)).Session);
        Assert.Equal(0, node.Metrics.Sum("hybridsession.changes.lost", "reason=quarantine"));
        Assert.Equal(1, node.Metrics.Sum("hybridsession.quarantined"));
        Assert.Equal(1, node.Metrics.Gauge("hybridsession.quarantine.sessions"));
        Assert.Equal(0, node.Engine.Memory.Dirty);
        node.Engine.CheckInvariants();
    }

    [Fact]
    public async Task One_bad_session_in_five_thousand_costs_at_most_twice_the_logarithm_in_flushes_and_is_the_last_to_be_settled()
    {
        await using var node = EngineHarness.Start(o => o.Flushers = 1);
        var sessions = await Task.WhenAll(Enumerable.Range(0, 5_000).Select(_ => node.BornAsync()));
        node.RefuseAll(sessions[4_321]);
        node.Store.FlushedBatches.Clear();
        foreach (var session in sessions) node.Set(session, "a", "2");

        Assert.Equal(0, await node.DrainAsync());

        Assert.Equal(5_000, node.Store.FlushedBatches[0].Length);
        Assert.InRange(node.Store.FlushedBatches.Count, 2, (2 * 13) + 2);
        Assert.Equal(4_999, (await node.Rows.LoadAsync([.. sessions.Select(session => session.Key)], default)).Count(row => row!.Version == 2));
        Assert.True(node.Store.FlushedBatches[^1].Length <= 2, "The last flush is about the culprit and its neighbour.");
    }

    [Fact]
    public async Task A_session_that_is_refused_again_and_again_costs_the_others_no_flush()
    {
        await using var node = EngineHarness.Start(o => o.Flushers = 1);
        var sessions = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => node.BornAsync()));
        await node.RefuseAsync(sessions[50]);
        node.Store.FlushedBatches.Clear();

        for (var round = 0; round < 3; round++)
        {
            foreach (var session in sessions) node.Set(session, "a", $"{round}");
            Assert.Equal(0, await node.DrainAsync());
        }

        Assert.Equal([99, 1, 99, 1, 99, 1], node.Store.FlushedBatches.Select(batch => batch.Length));
        Assert.Equal(1, node.Metrics.Sum("hybridsession.quarantined"));
    }

    [Fact]
    public async Task A_session_in_quarantine_is_pinned_whole_and_usable_whatever_leaves_the_hot_set()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        await node.RefuseAsync(session);

        node.Engine.Compact(1.0);

        var (found, origin) = await node.OpenAsync(session.Token);
        Assert.Same(session, found);
        Assert.Equal(SessionOrigin.Memory, origin);
        Assert.Equal("refused", EngineHarness.Get(found!, "a"));
        Assert.Empty(node.Store.LoadedBatches);
        Assert.Equal(0, node.Engine.Unconfirmed().Count);
        node.Engine.CheckInvariants();
    }

    [Fact]
    public async Task The_dead_letter_holds_what_was_refused_why_and_since_when()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        await node.RefuseAsync(session);
        node.Time.Advance(TimeSpan.FromMinutes(3));

        var letter = node.Letter(session)!;

        Assert.Equal(session.Payload.Bytes, letter.Payload);
        Assert.Equal((session.Payload.Version, session.BaseVersion), (letter.Version, letter.BaseVersion));
        Assert.Equal("InvalidDataException", letter.Reason);
        Assert.Equal(TimeSpan.FromMinutes(3), letter.Age);
        Assert.Equal(node.Options.IdleTimeout - TimeSpan.FromMinutes(3), letter.ExpiresIn);
    }

    [Fact]
    public async Task Many_refusals_of_one_batch_are_said_once_and_without_what_the_server_quotes()
    {
        await using var node = EngineHarness.Start(o => (o.Flushers, o.MaxQuarantineBytes) = (1, 1 << 20));
        var sessions = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => node.BornAsync()));
        var born = node.Set(node.Engine.Create(), "a", "1");
        node.RefuseAll([.. sessions, born]);
        // The flusher rests: what is set now goes in one batch.
        await node.DrainAsync();
        await EngineHarness.SettleAsync();
        node.Store.LetterOutage = () => new BackingStoreException("refused too", BackingStoreFailure.Data, outcomeUnknown: false, new InvalidDataException("Failing row contains (row-content)."));
        foreach (var session in sessions) node.Set(session, "secret-key", new string('s', 20_000));

        Assert.Equal(0, await node.DrainAsync());
        await node.UntilAsync(() => node.Logs.Of(1114).Any() && node.Logs.Of(1115).Any());
        await Assert.ThrowsAsync<BackingStoreException>(() => node.Engine.BirthAsync(born, default).AsTask());
        await node.UntilAsync(() => node.Logs.Of(1112).Any());

        Assert.Contains("100 sessions", Assert.Single(node.Logs.Of(1110)), StringComparison.Ordinal);
        var lost = (int)node.Metrics.Sum("hybridsession.changes.lost", "reason=quarantine");
        Assert.True(lost > 40);
        Assert.Contains($"{lost} of them without a dead letter", Assert.Single(node.Logs.Of(1115)), StringComparison.Ordinal);
        Assert.Single(node.Logs.Of(1112));
        foreach (var secret in (string[])["row-content", "secret-key", "sssss", sessions[0].TokenText, sessions[0].Key.ToHex()[8..24]])
            Assert.DoesNotContain(node.Logs.Lines, line => line.Text.Contains(secret, StringComparison.Ordinal));
    }

    [Fact]
    public void The_reason_is_the_code_of_the_database_when_there_is_one()
    {
        Assert.Equal("SQLSTATE 23514", WriteBehind.Refusal.ReasonOf(new BackingStoreException("x", BackingStoreFailure.Data, false, new InvalidOperationException("outer", new CodedException("23514")))));
        Assert.Equal("BackingStoreException", WriteBehind.Refusal.ReasonOf(new BackingStoreException("x", BackingStoreFailure.Data, false, null)));
    }

    [Fact]
    public async Task Neither_a_request_nor_a_flush_waits_for_a_dead_letter()
    {
        await using var node = EngineHarness.Start(o => o.Flushers = 1);
        var (culprit, other) = (await node.BornAsync(), await node.BornAsync());
        node.RefuseAll(culprit);
        node.Store.LetterAnswers.Close();
        node.Set(culprit, "a", "refused");
        Assert.Equal(0, await node.DrainAsync());
        await node.Store.LetterAnswers.Reached;

        node.Set(other, "a", "2");
        await node.Engine.CommitAsync(other, Durability.Durable, default).Soon();
        Assert.Same(culprit, (await node.OpenAsync(culprit.Token).Soon()).Session);

        Assert.Equal("2", await node.StoredAsync(other, "a"));
        node.Store.LetterAnswers.Open();
    }

    [Fact]
    public async Task A_dead_letter_that_could_not_be_written_is_tried_again_until_it_is()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        node.RefuseAll(session);
        var attempts = 0;
        node.Store.LetterOutage = () => ++attempts <= 3 ? Away : null;
        node.Set(session, "a", "refused");
        Assert.Equal(0, await node.DrainAsync());
        await node.UntilAsync(() => attempts == 1);
        Assert.Empty(node.Letters());

        await node.UntilAsync(() => node.Letters().Count == 1, TimeSpan.FromSeconds(1));
        await node.PassAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(4, attempts);
        Assert.Equal("refused", node.Letter(session)!.Get("a"));
    }

    [Fact]
    public async Task A_dead_letter_that_is_refused_itself_does_not_keep_the_others_out()
    {
        await using var node = EngineHarness.Start(o => o.Flushers = 1);
        var sessions = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => node.BornAsync()));
        node.RefuseAll(sessions);
        // The batch, and then one of its letters alone.
        var puts = 0;
        node.Store.LetterOutage = () => ++puts is 1 or 3 ? new BackingStoreException("refused too", BackingStoreFailure.Data, false, null) : null;
        node.Store.LetterAnswers.Close();
        foreach (var session in sessions) node.Set(session, "a", "refused");
        Assert.Equal(0, await node.DrainAsync());
        node.Store.LetterAnswers.Open();

        await node.UntilAsync(() => node.Letters().Count == 5, TimeSpan.FromSeconds(1));

        Assert.True(puts > 3);
    }

    [Fact]
    public async Task The_next_change_of_a_refused_session_is_tried_again_and_carries_the_refused_one_along()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        node.Store.Refuses = write => write.Key == session.Key;
        node.Set(session, "a", "refused");
        Assert.Equal(0, await node.DrainAsync());
        Assert.Equal("1", await node.StoredAsync(session, "a"));

        node.Store.Refuses = null;
        node.Set(session, "b", "taken");
        Assert.Equal(0, await node.DrainAsync());

        Assert.Equal("refused", await node.StoredAsync(session, "a"));
        Assert.Equal("taken", await node.StoredAsync(session, "b"));
        Assert.Equal(0, node.Metrics.Gauge("hybridsession.quarantine.sessions"));
        await node.UntilAsync(() => node.Letters().Count == 0);
    }

    [Fact]
    public async Task A_change_that_is_refused_as_well_replaces_the_letter()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        await node.RefuseAsync(session, "a", "refused");
        await node.RefuseAsync(session, "b", "refused too");

        var letter = Assert.Single(node.Letters());

        Assert.Equal(("refused", "refused too"), (letter.Get("a"), letter.Get("b")));
        Assert.Equal(1, node.Metrics.Gauge("hybridsession.quarantine.sessions"));
        Assert.Equal(1, node.Metrics.Sum("hybridsession.quarantined"));
    }

    [Fact]
    public async Task Whoever_waits_for_a_refused_change_hears_of_it_and_so_does_the_next_who_waits()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        node.RefuseAll(session);
        node.Set(session, "a", "refused");

        for (var i = 0; i < 2; i++)
        {
            var failure = await Assert.ThrowsAsync<BackingStoreException>(() => node.Engine.CommitAsync(session, Durability.Durable, default).Soon());
            Assert.Equal(BackingStoreFailure.Data, failure.Failure);
        }

        Assert.Equal("refused", EngineHarness.Get(session, "a"));
        node.Store.Refuses = null;
        await node.Engine.CommitAsync(session, Durability.Durable, default).Soon();
        Assert.Equal("refused", await node.StoredAsync(session, "a"));
    }

    [Fact]
    public async Task A_birth_that_the_store_refuses_fails_for_its_request_and_the_births_beside_it_succeed()
    {
        await using var node = EngineHarness.Start(o => o.Flushers = 1);
        var born = Enumerable.Range(0, 8).Select(i => node.Set(node.Engine.Create(), "a", $"{i}")).ToArray();
        node.Store.Refuses = write => write.Key == born[3].Key;
        node.Store.Flushes.Close();
        var hanging = node.Engine.BirthAsync(node.Set(node.Engine.Create(), "a", "1"), default).AsTask();
        await node.Store.Flushes.Reached;
        var births = born.Select(session => node.Engine.BirthAsync(session, default).AsTask()).ToArray();

        node.Store.Flushes.Open();
        await hanging.Soon();

        for (var i = 0; i < births.Length; i++)
        {
            var birth = births[i];
            if (i != 3) await birth.Soon();
            else Assert.Equal(BackingStoreFailure.Data, (await Assert.ThrowsAsync<BackingStoreException>(() => birth.Soon())).Failure);
        }

        Assert.False(born[3].IsStored);
        Assert.Equal(0, node.Engine.Unconfirmed().Count);
        await EngineHarness.SettleAsync();
        Assert.Empty(node.Store.PutLetters);
        Assert.Equal(0, node.Metrics.Sum("hybridsession.quarantined"));
        Assert.Equal(0, node.Metrics.Sum("hybridsession.changes.lost", "reason=quarantine"));
    }

    [Fact]
    public async Task A_refused_session_that_changed_meanwhile_is_tried_again_at_once()
    {
        await using var node = EngineHarness.Start(o => o.Flushers = 1);
        var session = await node.BornAsync();
        node.Store.Refuses = write => write.Version == session.BaseVersion + 1;
        node.Store.Flushes.Close();
        node.Set(session, "a", "refused");
        node.Time.Advance(node.Options.MaxDirtyAge);
        await node.Store.Flushes.Reached;
        node.Set(session, "a", "mended");

        node.Store.Flushes.Open();
        Assert.Equal(0, await node.DrainAsync());

        Assert.Equal("mended", await node.StoredAsync(session, "a"));
    }

    private sealed class CodedException(string sqlState) : System.Data.Common.DbException
    {
        public override string? SqlState { get; } = sqlState;
    }
}
