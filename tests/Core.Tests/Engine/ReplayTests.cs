using HybridSession.Core.Tests.Doubles;
using HybridSession.Hot;
using HybridSession.Payload;

namespace HybridSession.Core.Tests.Engine;

public sealed class ReplayTests
{
    private static readonly ReplayResult OneReplayed = new(1, 0, 0, 0);
    private static readonly ReplayResult OneGone = new(0, 1, 0, 0);
    private static readonly ReplayResult OneRefused = new(0, 0, 1, 0);
    private static readonly ReplayResult OneSkipped = new(0, 0, 0, 1);
    private static readonly ReplayResult Nothing = new(0, 0, 0, 0);

    [Fact]
    public async Task The_list_names_public_ids_reasons_ages_and_sizes_oldest_first()
    {
        await using var node = EngineHarness.Start();
        var sessions = new List<LiveSession>();
        for (var i = 0; i < 40; i++)
        {
            sessions.Add(await node.BornAsync());
            await node.RefuseAsync(sessions[i]);
            node.Time.Advance(TimeSpan.FromSeconds(1));
        }

        var list = await node.Engine.Quarantine.ListAsync(37);

        Assert.Equal(40, await node.Engine.Quarantine.CountAsync());
        Assert.Equal(sessions.Take(37).Select(session => session.Key.ToPublicId()), list.Select(session => session.Id));
        Assert.Equal(new QuarantinedSession(sessions[0].Key.ToPublicId(), "InvalidDataException", TimeSpan.FromSeconds(40), sessions[0].Payload.Bytes.Length), list[0]);
    }

    [Fact]
    public async Task A_replay_on_the_node_that_has_the_session_stores_it_and_ends_its_quarantine()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        await node.RefuseAsync(session);
        node.Store.Refuses = null;

        Assert.Equal(OneReplayed, await node.Engine.Quarantine.ReplayAsync());

        Assert.Equal("refused", await node.StoredAsync(session, "a"));
        Assert.Empty(node.Letters());
        Assert.Equal(0, node.Metrics.Gauge("hybridsession.quarantine.sessions"));
        Assert.Equal(1, node.Metrics.Sum("hybridsession.quarantine.replayed", "outcome=replayed"));
        Assert.Same(session, (await node.OpenAsync(session.Token)).Session);
        node.Engine.CheckInvariants();
    }

    [Fact]
    public async Task A_replay_after_a_restart_stores_what_was_refused_and_the_copy_in_memory_takes_it()
    {
        LiveSession session;
        var node = EngineHarness.Start();
        session = await node.BornAsync();
        await node.RefuseAsync(session);
        await node.DisposeAsync();
        await using var next = node.StartPeer();
        var hot = (await next.OpenAsync(session.Token)).Session!;
        Assert.Equal("1", EngineHarness.Get(hot, "a"));

        Assert.Equal(OneReplayed, await next.Engine.Quarantine.ReplayAsync());

        Assert.Equal("refused", EngineHarness.Get((await next.OpenAsync(session.Token)).Session!, "a"));
        Assert.Equal("refused", await next.StoredAsync(session, "a"));
        Assert.Empty(next.Letters());
        Assert.Equal(Nothing, await next.Engine.Quarantine.ReplayAsync());
    }

    [Fact]
    public async Task A_replay_while_the_session_has_a_change_that_waits_merges_both()
    {
        var node = EngineHarness.Start();
        var session = await node.BornAsync();
        await node.RefuseAsync(session, "refused", "yes");
        await node.DisposeAsync();
        await using var next = node.StartPeer();
        var hot = (await next.OpenAsync(session.Token)).Session!;
        next.Set(hot, "a", "later");

        Assert.Equal(OneReplayed, await next.Engine.Quarantine.ReplayAsync());
        Assert.Equal(0, await next.DrainAsync());

        Assert.Equal(("later", "yes"), (await next.StoredAsync(session, "a"), await next.StoredAsync(session, "refused")));
        Assert.Equal("yes", EngineHarness.Get((await next.OpenAsync(session.Token)).Session!, "refused"));
        next.Engine.CheckInvariants();
    }

    [Fact]
    public async Task A_replay_while_a_flush_of_the_session_is_under_way_loses_neither()
    {
        var node = EngineHarness.Start(o => o.Flushers = 1);
        var session = await node.BornAsync();
        await node.RefuseAsync(session, "refused", "yes");
        await node.DisposeAsync();
        await using var next = node.StartPeer(o => o.Flushers = 1);
        var hot = (await next.OpenAsync(session.Token)).Session!;
        next.Store.FlushAnswers.Close();
        next.Set(hot, "a", "later");
        next.Time.Advance(next.Options.MaxDirtyAge);
        await next.Store.FlushAnswers.Reached;

        var replaying = next.Engine.Quarantine.ReplayAsync().AsTask();
        await EngineHarness.SettleAsync();
        next.Store.FlushAnswers.Open();

        Assert.Equal(OneReplayed, await replaying.Soon());
        Assert.Equal(0, await next.DrainAsync());
        Assert.Equal(("later", "yes"), (await next.StoredAsync(session, "a"), await next.StoredAsync(session, "refused")));
    }

    [Fact]
    public async Task A_load_that_is_under_way_during_a_replay_reads_again()
    {
        var node = EngineHarness.Start();
        var session = await node.BornAsync();
        await node.RefuseAsync(session);
        await node.DisposeAsync();
        await using var next = node.StartPeer();
        next.Store.Loads.Close();
        var opening = next.OpenAsync(session.Token);
        await next.Store.Loads.Reached;
        // Its answer is on the way when the letter is replayed by this node: the replay's own load must pass.
        var replaying = next.Engine.Quarantine.ReplayAsync().AsTask();
        await EngineHarness.SettleAsync();
        next.Store.Loads.Open();

        Assert.Equal(OneReplayed, await replaying.Soon());
        await opening.Soon();

        Assert.Equal("refused", EngineHarness.Get((await next.OpenAsync(session.Token)).Session!, "a"));
    }

    [Fact]
    public async Task A_replay_from_another_node_while_this_one_has_the_session_in_quarantine_reaches_it_with_its_next_flush()
    {
        await using var node = EngineHarness.Start();
        await using var peer = node.StartPeer();
        var session = await node.BornAsync();
        await node.RefuseAsync(session);
        node.Store.Refuses = null;
        Assert.NotNull((await peer.OpenAsync(session.Token)).Session);

        Assert.Equal(OneReplayed, await peer.Engine.Quarantine.ReplayAsync());
        Assert.Equal("refused", await node.StoredAsync(session, "a"));
        Assert.Equal(1, node.Metrics.Gauge("hybridsession.quarantine.sessions"));
        node.Set(session, "c", "later");
        Assert.Equal(0, await node.DrainAsync());

        Assert.Equal(("refused", "later"), (await node.StoredAsync(session, "a"), await node.StoredAsync(session, "c")));
        Assert.Equal(0, node.Metrics.Gauge("hybridsession.quarantine.sessions"));
        await node.UntilAsync(() => node.Letters().Count == 0);
    }

    [Fact]
    public async Task A_session_that_was_removed_meanwhile_does_not_come_back()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        await node.RefuseAsync(session);
        var letter = node.Letter(session)!;
        await node.Engine.RemoveAsync(session, default);
        await node.UntilAsync(() => node.Store.ReleasedLetters.Count == 1);
        // A letter that was under way when the session was removed.
        await node.Rows.PutDeadLettersAsync([new DeadLetterWrite(letter, null)], default);
        node.Store.Refuses = null;

        Assert.Equal(OneGone, await node.Engine.Quarantine.ReplayAsync());

        Assert.Equal(0, node.Rows.Count);
        Assert.Empty(node.Letters());
        Assert.Equal(1, node.Metrics.Sum("hybridsession.quarantine.replayed", "outcome=gone"));
    }

    [Fact]
    public async Task A_session_that_expired_meanwhile_is_not_replayed()
    {
        var node = EngineHarness.Start();
        var session = await node.BornAsync();
        await node.RefuseAsync(session);
        await node.DisposeAsync();
        await using var next = node.StartPeer();
        next.Time.Advance(next.Options.IdleTimeout);

        Assert.Equal(OneGone, await next.Engine.Quarantine.ReplayAsync());

        Assert.Equal("1", await next.StoredAsync(session, "a"));
        Assert.Empty(next.Letters());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_refused_again_stays(bool afterRestart)
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        await node.RefuseAsync(session);
        await using var peer = node.StartPeer();
        peer.Store.Refuses = node.Store.Refuses;

        Assert.Equal(OneRefused, await (afterRestart ? peer : node).Engine.Quarantine.ReplayAsync());

        Assert.Equal("refused", node.Letter(session)!.Get("a"));
        Assert.Equal("1", await node.StoredAsync(session, "a"));
        Assert.Equal(1, node.Metrics.Gauge("hybridsession.quarantine.sessions"));
    }

    [Fact]
    public async Task Those_that_stay_do_not_keep_the_others_from_being_replayed()
    {
        var node = EngineHarness.Start(o => o.Flushers = 1);
        var sessions = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => node.BornAsync()));
        node.RefuseAll(sessions);
        foreach (var session in sessions) node.Set(session, "a", "refused");
        Assert.Equal(0, await node.DrainAsync());
        await node.UntilAsync(() => node.Letters().Count == 100);
        await node.DisposeAsync();
        await using var next = node.StartPeer();
        var still = sessions.Where((_, i) => i % 2 == 0).ToArray();
        next.RefuseAll(still);

        Assert.Equal(new ReplayResult(50, 0, 50, 0), await next.Engine.Quarantine.ReplayAsync());

        Assert.Equal(still.Select(session => session.Key).Order(), next.Letters().Select(letter => letter.Key).Order());
        foreach (var session in sessions.Except(still)) Assert.Equal("refused", await next.StoredAsync(session, "a"));
    }

    [Fact]
    public async Task One_session_is_replayed_by_its_public_id()
    {
        await using var node = EngineHarness.Start();
        var (one, other) = (await node.BornAsync(), await node.BornAsync());
        await node.RefuseAsync(one);
        await node.RefuseAsync(other);
        node.Store.Refuses = null;

        Assert.Equal(Nothing, await node.Engine.Quarantine.ReplayAsync("no such id"));
        Assert.Equal(OneReplayed, await node.Engine.Quarantine.ReplayAsync(one.Key.ToPublicId()));

        Assert.Equal("refused", await node.StoredAsync(one, "a"));
        Assert.Equal(other.Key, Assert.Single(node.Letters()).Key);
    }

    [Fact]
    public async Task What_another_node_stored_meanwhile_is_kept_and_a_key_that_it_removed_stays_removed()
    {
        var node = EngineHarness.Start();
        var session = await node.BornAsync("old", "1");
        await node.RefuseAsync(session, "refused", "yes");
        await node.DisposeAsync();
        await using var peer = node.StartPeer();
        var there = (await peer.OpenAsync(session.Token)).Session!;
        // Its versions rise above the letter's.
        for (var i = 0; i < 5; i++) peer.Set(there, "refused", $"newer {i}");
        peer.Remove(there, "old");
        Assert.Equal(0, await peer.DrainAsync());

        Assert.Equal(OneReplayed, await peer.Engine.Quarantine.ReplayAsync());

        Assert.Equal("newer 4", await peer.StoredAsync(session, "refused"));
        Assert.Null(await peer.StoredAsync(session, "old"));
    }

    [Fact]
    public async Task What_a_later_run_has_changed_is_kept_although_the_letter_has_higher_versions()
    {
        var node = EngineHarness.Start();
        var session = await node.BornAsync();
        for (var i = 0; i < 20; i++) node.Set(session, "cart", $"old {i}");
        await node.RefuseAsync(session, "only here", "yes");
        await node.DisposeAsync();
        await using var next = node.StartPeer();
        var later = (await next.OpenAsync(session.Token)).Session!;
        next.Set(later, "cart", "new");
        Assert.Equal(0, await next.DrainAsync());
        Assert.True(later.BaseVersion < next.Letter(session)!.Version);

        Assert.Equal(OneReplayed, await next.Engine.Quarantine.ReplayAsync());

        Assert.Equal(("new", "yes"), (await next.StoredAsync(session, "cart"), await next.StoredAsync(session, "only here")));
    }

    [Fact]
    public async Task What_a_later_run_had_refused_too_wins_over_the_letter_of_the_earlier_one()
    {
        var node = EngineHarness.Start();
        var session = await node.BornAsync();
        for (var i = 0; i < 20; i++) node.Set(session, "cart", $"old {i}");
        await node.RefuseAsync(session, "first", "yes");
        await node.DisposeAsync();
        var next = node.StartPeer();
        var later = (await next.OpenAsync(session.Token)).Session!;
        next.RefuseAll(later);
        next.Set(later, "cart", "new");
        Assert.Equal(0, await next.DrainAsync());
        await next.UntilAsync(() => next.Engine.QuarantinedWithoutLetter == 0);
        await next.DisposeAsync();
        await using var last = node.StartPeer();

        Assert.Equal(OneReplayed, await last.Engine.Quarantine.ReplayAsync());

        Assert.Equal(("new", "yes"), (await last.StoredAsync(session, "cart"), await last.StoredAsync(session, "first")));
    }

    [Fact]
    public async Task A_session_that_keeps_changing_is_skipped_and_its_letter_stays()
    {
        var node = EngineHarness.Start();
        var session = await node.BornAsync();
        await node.RefuseAsync(session);
        await node.DisposeAsync();
        await using var next = node.StartPeer();
        next.Store.Refuses = write =>
        {
            // Another node is always a moment faster.
            var row = next.Rows.LoadAsync([write.Key], default).AsTask().GetAwaiter().GetResult()[0]!;
            Assert.True(PackedSession.TryRead(row.Payload, out var payload, out _));
            var faster = payload.Set("b"u8, EngineHarness.Bytes($"{row.Version}"), row.Version + 1, NodeId.Create());
            next.Rows.FlushAsync([new SessionWrite(write.Key, faster.Bytes, row.Version + 1, row.Version, row.ExpiresIn)], default).AsTask().GetAwaiter().GetResult();
            return false;
        };

        Assert.Equal(OneSkipped, await next.Engine.Quarantine.ReplayAsync());

        Assert.Single(next.Letters());
        next.Store.Refuses = null;
        Assert.Equal(OneReplayed, await next.Engine.Quarantine.ReplayAsync());
        Assert.Equal("refused", await next.StoredAsync(session, "a"));
    }

    [Fact]
    public async Task A_session_whose_row_somebody_else_holds_is_skipped_and_its_letter_stays()
    {
        var node = EngineHarness.Start();
        var session = await node.BornAsync();
        await node.RefuseAsync(session);
        await node.DisposeAsync();
        await using var next = EngineHarness.Start(null, node.Rows, node.Time, inner => new BlockingStore(inner));

        Assert.Equal(OneSkipped, await next.Engine.Quarantine.ReplayAsync());

        Assert.Single(next.Letters());
        Assert.Equal("1", await next.StoredAsync(session, "a"));
    }

    [Fact]
    public async Task A_letter_or_a_row_that_cannot_be_read_is_skipped_and_stays()
    {
        await using var node = EngineHarness.Start();
        var (badRow, badLetter) = (SessionToken.Create().ToKey(), await node.BornAsync());
        await node.Rows.FlushAsync([new SessionWrite(badRow, [99], 1, 0, TimeSpan.FromHours(1))], default);
        var payload = PackedSession.Empty.Set("a"u8, "x"u8, 2, NodeId.Create()).Bytes;
        foreach (var (key, bytes) in ((SessionKey, byte[])[])[(badRow, payload), (badLetter.Key, [99])])
            await node.Rows.PutDeadLettersAsync([new DeadLetterWrite(new DeadLetter(key, bytes, 2, 1, TimeSpan.FromHours(1), "x", TimeSpan.Zero), null)], default);

        Assert.Equal(new ReplayResult(0, 0, 0, 2), await node.Engine.Quarantine.ReplayAsync());

        Assert.Equal(2, node.Letters().Count);
    }

    [Fact]
    public async Task A_failure_of_the_store_is_thrown_and_the_call_can_be_repeated()
    {
        var node = EngineHarness.Start();
        var session = await node.BornAsync();
        await node.RefuseAsync(session);
        await node.DisposeAsync();
        await using var next = node.StartPeer();
        Assert.NotNull((await next.OpenAsync(session.Token)).Session);
        next.Store.FlushFailures.Enqueue((new BackingStoreException("answer lost", BackingStoreFailure.Transient, outcomeUnknown: true, null), AfterEffect: true));

        await Assert.ThrowsAsync<BackingStoreException>(() => next.Engine.Quarantine.ReplayAsync().AsTask());

        Assert.Equal("refused", EngineHarness.Get((await next.OpenAsync(session.Token)).Session!, "a"));
        Assert.Equal(OneReplayed, await next.Engine.Quarantine.ReplayAsync());
        Assert.Equal("refused", await next.StoredAsync(session, "a"));
    }

    [Fact]
    public async Task A_new_token_after_a_restart_takes_the_letter_along()
    {
        var node = EngineHarness.Start();
        var session = await node.BornAsync();
        await node.RefuseAsync(session, "b", "refused");
        await node.DisposeAsync();
        await using var next = node.StartPeer();
        var renewed = await next.Engine.RegenerateAsync((await next.OpenAsync(session.Token)).Session!, default);
        Assert.Null(EngineHarness.Get(renewed!, "b"));

        Assert.Equal(OneReplayed, await next.Engine.Quarantine.ReplayAsync());

        Assert.Equal("refused", EngineHarness.Get((await next.OpenAsync(renewed!.Token)).Session!, "b"));
        Assert.Equal("refused", await next.StoredAsync(renewed, "b"));
    }

    [Fact]
    public async Task What_two_nodes_had_refused_of_one_session_is_united_in_its_letter_and_replayed()
    {
        var node = EngineHarness.Start();
        var peer = node.StartPeer();
        var session = await node.BornAsync();
        var there = (await peer.OpenAsync(session.Token)).Session!;
        await node.RefuseAsync(session, "here", "1");
        peer.Store.Refuses = node.Store.Refuses;
        peer.Set(there, "there", "2");
        Assert.Equal(0, await peer.DrainAsync());
        await peer.UntilAsync(() => peer.Engine.QuarantinedWithoutLetter == 0);
        await node.DisposeAsync();
        await peer.DisposeAsync();
        await using var next = node.StartPeer();

        Assert.Equal(OneReplayed, await next.Engine.Quarantine.ReplayAsync());

        Assert.Equal(("1", "2"), (await next.StoredAsync(session, "here"), await next.StoredAsync(session, "there")));
    }

    [Fact]
    public async Task A_node_whose_session_was_stored_leaves_the_letter_that_it_shares_with_another()
    {
        await using var node = EngineHarness.Start();
        await using var peer = node.StartPeer();
        var session = await node.BornAsync();
        var there = (await peer.OpenAsync(session.Token)).Session!;
        await node.RefuseAsync(session, "here", "1");
        peer.Store.Refuses = node.Store.Refuses;
        peer.Set(there, "there", "2");
        Assert.Equal(0, await peer.DrainAsync());
        await peer.UntilAsync(() => peer.Engine.QuarantinedWithoutLetter == 0);
        peer.Store.Refuses = null;
        peer.Set(there, "more", "3");
        Assert.Equal(0, await peer.DrainAsync());
        await EngineHarness.SettleAsync();

        Assert.Equal(("1", "2"), (node.Letter(session)!.Get("here"), node.Letter(session)!.Get("there")));
    }

    [Fact]
    public async Task A_later_refusal_keeps_what_the_shared_letter_holds_of_another_node()
    {
        await using var node = EngineHarness.Start();
        await using var peer = node.StartPeer();
        var session = await node.BornAsync();
        var there = (await peer.OpenAsync(session.Token)).Session!;
        await node.RefuseAsync(session, "here", "1");
        peer.Store.Refuses = node.Store.Refuses;
        foreach (var value in (string[])["2", "3", "4"])
        {
            peer.Set(there, "there", value);
            Assert.Equal(0, await peer.DrainAsync());
            await peer.UntilAsync(() => peer.Engine.QuarantinedWithoutLetter == 0);
        }

        Assert.Equal(("1", "4"), (node.Letter(session)!.Get("here"), node.Letter(session)!.Get("there")));
    }

    [Fact]
    public async Task A_node_whose_letter_was_replayed_elsewhere_writes_a_later_refusal_anew_from_the_row_that_came_of_it()
    {
        await using var node = EngineHarness.Start();
        await using var peer = node.StartPeer();
        var session = await node.BornAsync();
        await node.RefuseAsync(session, "a", "first");
        node.Store.LetterOutage = () => new BackingStoreException("away", BackingStoreFailure.Transient, outcomeUnknown: false, null);
        node.Set(session, "a", "second");
        Assert.Equal(0, await node.DrainAsync());
        Assert.Equal(OneReplayed, await peer.Engine.Quarantine.ReplayAsync());
        Assert.Equal("first", await node.StoredAsync(session, "a"));

        (node.Store.Refuses, node.Store.LetterOutage) = (null, null);

        await node.UntilAsync(() => node.Metrics.Gauge("hybridsession.quarantine.sessions") == 0, TimeSpan.FromSeconds(1));
        Assert.Equal("second", await node.StoredAsync(session, "a"));
        Assert.Empty(node.Letters());
    }

    [Fact]
    public async Task A_letter_that_is_replaced_while_it_is_replayed_is_replayed_too()
    {
        var node = EngineHarness.Start();
        var session = await node.BornAsync();
        await node.RefuseAsync(session, "a", "first");
        var first = node.Letter(session)!;
        await node.RefuseAsync(session, "a", "second");
        var second = node.Letter(session)!;
        await node.DisposeAsync();
        Assert.Equal(1, await node.Rows.ReleaseDeadLettersAsync([second.ToVersion()], default));
        Assert.Empty(await node.Rows.PutDeadLettersAsync([new DeadLetterWrite(first, null)], default));
        await using var next = node.StartPeer();
        next.Store.FlushAnswers.Close();

        var replaying = next.Engine.Quarantine.ReplayAsync().AsTask();
        await next.Store.FlushAnswers.Reached;
        Assert.Empty(await node.Rows.PutDeadLettersAsync([new DeadLetterWrite(second, first.ToVersion())], default));
        next.Store.FlushAnswers.Open();

        Assert.Equal(OneReplayed, await replaying.Soon());
        Assert.Equal("second", await next.StoredAsync(session, "a"));
        Assert.Empty(next.Letters());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_discarded_session_goes_on_as_it_is_stored(bool afterRestart)
    {
        await using var node = EngineHarness.Start();
        await using var peer = node.StartPeer();
        var session = await node.BornAsync();
        await node.RefuseAsync(session);
        var used = afterRestart ? peer : node;

        Assert.True(await used.Engine.Quarantine.DiscardAsync(session.Key.ToPublicId()));

        Assert.Empty(node.Letters());
        Assert.Equal("1", EngineHarness.Get((await used.OpenAsync(session.Token)).Session!, "a"));
        Assert.Equal(1, used.Metrics.Sum("hybridsession.quarantine.replayed", "outcome=discarded"));
        Assert.Equal(0, used.Metrics.Gauge("hybridsession.quarantine.sessions"));
        Assert.False(await used.Engine.Quarantine.DiscardAsync(session.Key.ToPublicId()));
        Assert.Equal(0, used.Metrics.Sum("hybridsession.changes.lost", "reason=quarantine"));
    }

    [Fact]
    public async Task Nothing_that_an_operator_sees_holds_a_key_or_a_payload()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        await node.RefuseAsync(session, "secret-key", "secret-value");

        var seen = string.Join(' ', await node.Engine.Quarantine.ListAsync(10)) + node.Letter(session);

        foreach (var secret in (string[])["secret-key", "secret-value", session.Key.ToHex(), session.TokenText]) Assert.DoesNotContain(secret, seen, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(session.Key.ToPublicId(), seen, StringComparison.Ordinal);
    }

    private sealed class BlockingStore(ISessionBackingStore inner) : DelegatingBackingStore(inner)
    {
        public override ValueTask<FlushOutcome[]> FlushAsync(IReadOnlyList<SessionWrite> batch, CancellationToken cancellationToken) =>
            ValueTask.FromResult(Array.ConvertAll(batch.ToArray(), _ => FlushOutcome.Blocked));
    }
}
