using System.Text;
using HybridSession.Hot;
using HybridSession.Payload;
using Npgsql;

namespace HybridSession.Postgres.Tests;

/// <summary>A constraint or a trigger of the session table refuses one session among many: the real thing, from the refusal to the replay.</summary>
public sealed class QuarantineTests
{
    private const string Constraint = "add constraint no_such_word check (position('poison'::bytea in session_data) = 0)";

    private static readonly byte[] Key = "cart"u8.ToArray();
    private static readonly ReplayResult OneReplayed = new(1, 0, 0, 0);

    [Theory]
    [InlineData(FlushMethod.Arrays)]
    [InlineData(FlushMethod.Copy)]
    public async Task One_refused_session_among_five_thousand_is_the_only_one_that_is_not_stored_and_a_replay_brings_it_in(FlushMethod method)
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var site = await Site.StartAsync(o => (o.Flushers, o.MaxDirtyAge) = (1, TimeSpan.FromMinutes(1)), schema, o => o.FlushMethod = method);
        var sessions = await site.BornAsync(5_000);
        await schema.ExecuteAsync($"alter table {schema.Quoted}.session {Constraint}");
        site.Flushes.Clear();
        for (var i = 0; i < sessions.Length; i++) sessions[i] = Change(site, sessions[i], i == 3_210 ? "some poison" : $"changed {i}");
        var culprit = sessions[3_210];

        Assert.Equal(0, await site.Engine.DrainAsync(TestContext.Current.CancellationToken));
        await WaitForLettersAsync(site, 1);

        Assert.InRange(site.Flushes.Count, 2, (2 * 13) + 2);
        await site.AssertRowsEqualMemoryAsync([.. sessions.Where(session => session != culprit)]);
        Assert.Equal("new 3210", await StoredAsync(schema, culprit));
        Assert.Equal("SQLSTATE 23514", await schema.ScalarAsync<string>($"select reason from {schema.Quoted}.session_quarantine"));
        Assert.Equal(culprit.Payload.Bytes, await schema.ScalarAsync<byte[]>($"select session_data from {schema.Quoted}.session_quarantine where session_key = '{culprit.Key.ToHex()}'"));
        var listed = Assert.Single(await site.Engine.Quarantine.ListAsync(10));
        Assert.Equal((culprit.Key.ToPublicId(), "SQLSTATE 23514", culprit.Payload.Bytes.Length), (listed.Id, listed.Reason, listed.SizeBytes));
        Assert.Equal(new ReplayResult(0, 0, 1, 0), await site.Engine.Quarantine.ReplayAsync());

        await schema.ExecuteAsync($"alter table {schema.Quoted}.session drop constraint no_such_word");
        Assert.Equal(OneReplayed, await site.Engine.Quarantine.ReplayAsync());

        await site.AssertRowsEqualMemoryAsync(sessions);
        Assert.Equal(0, await site.Engine.Quarantine.CountAsync());
    }

    [Fact]
    public async Task A_trigger_that_raises_an_exception_refuses_the_session_and_not_its_batch()
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var site = await Site.StartAsync(o => (o.Flushers, o.MaxDirtyAge) = (1, TimeSpan.FromMinutes(1)), schema);
        var sessions = await site.BornAsync(200);
        await schema.ExecuteAsync($"""
            create function {schema.Quoted}.refuse() returns trigger language plpgsql as $$
            begin
                if position('poison'::bytea in new.session_data) > 0 then raise exception 'no %', 'poison'; end if;
                return new;
            end $$;
            create trigger refuse before insert or update on {schema.Quoted}.session for each row execute function {schema.Quoted}.refuse()
            """);
        for (var i = 0; i < sessions.Length; i++) sessions[i] = Change(site, sessions[i], i is 7 or 70 ? "some poison" : $"changed {i}");

        Assert.Equal(0, await site.Engine.DrainAsync(TestContext.Current.CancellationToken));
        await WaitForLettersAsync(site, 2);

        await site.AssertRowsEqualMemoryAsync([.. sessions.Where((_, i) => i is not (7 or 70))]);
        Assert.Equal("SQLSTATE P0001", await schema.ScalarAsync<string>($"select min(reason) from {schema.Quoted}.session_quarantine"));
        await schema.ExecuteAsync($"drop trigger refuse on {schema.Quoted}.session");
        Assert.Equal(new ReplayResult(2, 0, 0, 0), await site.Engine.Quarantine.ReplayAsync());
        await site.AssertRowsEqualMemoryAsync(sessions);
    }

    [Fact]
    public async Task What_was_refused_survives_a_restart_and_is_replayed_by_the_next_run_over_what_that_has_changed()
    {
        await using var schema = await TestSchema.CreateAsync();
        SessionToken token;
        byte[] refused;
        await using (var first = await Site.StartAsync(null, schema))
        {
            var session = await PoisonAsync(first, schema);
            (token, refused) = (session.Token, session.Payload.Bytes);
        }

        Assert.Equal(refused, await schema.ScalarAsync<byte[]>($"select session_data from {schema.Quoted}.session_quarantine"));
        await using var second = await Site.StartAsync(null, schema);
        var (opened, origin) = await second.Engine.OpenAsync(token, default, default);
        Assert.Equal((SessionOrigin.Store, "new 0"), (origin, Get(opened!, Key)));
        second.Engine.Set(opened!, "later"u8, "kept"u8, out _);
        await second.Engine.CommitAsync(opened!, Durability.Durable, default);

        await schema.ExecuteAsync($"alter table {schema.Quoted}.session drop constraint no_such_word");
        Assert.Equal(OneReplayed, await second.Engine.Quarantine.ReplayAsync());

        var (after, _) = await second.Engine.OpenAsync(token, default, default);
        Assert.Equal(("some poison", "kept"), (Get(after!, Key), Get(after!, "later"u8)));
        await second.AssertRowsEqualMemoryAsync([after!]);
        Assert.Equal(0, await schema.ScalarAsync<long>($"select count(*) from {schema.Quoted}.session_quarantine"));
    }

    [Fact]
    public async Task Two_engines_that_have_the_session_in_use_end_with_both_their_changes()
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var here = await Site.StartAsync(null, schema);
        await using var there = await Site.StartAsync(null, schema);
        var session = await PoisonAsync(here, schema);
        var copy = (await there.Engine.OpenAsync(session.Token, default, default)).Session!;
        there.Engine.Set(copy, "there"u8, "1"u8, out _);
        await there.Engine.CommitAsync(copy, Durability.Durable, default);

        await schema.ExecuteAsync($"alter table {schema.Quoted}.session drop constraint no_such_word");
        Assert.Equal(OneReplayed, await there.Engine.Quarantine.ReplayAsync());
        Assert.Equal("some poison", Get((await there.Engine.OpenAsync(session.Token, default, default)).Session!, Key));
        here.Engine.Set(session, "here"u8, "2"u8, out _);
        await here.Engine.CommitAsync(session, Durability.Durable, default);

        Assert.Equal(("some poison", "1", "2"), (Get(session, Key), Get(session, "there"u8), Get(session, "here"u8)));
        await here.AssertRowsEqualMemoryAsync([session]);
        Assert.Equal(0, await here.Engine.Quarantine.CountAsync());
    }

    [Fact]
    public async Task A_removed_session_takes_its_letter_along_and_does_not_come_back()
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var here = await Site.StartAsync(null, schema);
        await using var there = await Site.StartAsync(null, schema);
        var session = await PoisonAsync(here, schema);

        await there.Engine.RemoveAsync((await there.Engine.OpenAsync(session.Token, default, default)).Session!, default);

        Assert.Equal(0, await here.Engine.Quarantine.CountAsync());
        await schema.ExecuteAsync($"alter table {schema.Quoted}.session drop constraint no_such_word");
        Assert.Equal(new ReplayResult(0, 0, 0, 0), await here.Engine.Quarantine.ReplayAsync());
        here.Engine.Set(session, "here"u8, "2"u8, out _);
        await here.Engine.CommitAsync(session, Durability.Durable, default);
        Assert.True(session.IsEnded);
        Assert.Equal(0, await schema.ScalarAsync<long>($"select count(*) from {schema.Quoted}.session"));
    }

    [Fact]
    public async Task A_new_token_on_another_engine_takes_the_letter_along()
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var here = await Site.StartAsync(null, schema);
        await using var there = await Site.StartAsync(null, schema);
        var session = await PoisonAsync(here, schema);
        var renewed = await there.Engine.RegenerateAsync((await there.Engine.OpenAsync(session.Token, default, default)).Session!, default);

        await schema.ExecuteAsync($"alter table {schema.Quoted}.session drop constraint no_such_word");
        Assert.Equal(OneReplayed, await there.Engine.Quarantine.ReplayAsync());

        Assert.Equal("some poison", Get((await there.Engine.OpenAsync(renewed!.Token, default, default)).Session!, Key));
        Assert.Equal("some poison", await StoredAsync(schema, renewed));
    }

    [Fact]
    public async Task While_the_quarantine_table_is_locked_the_other_sessions_are_stored_as_ever_and_the_letter_follows()
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var site = await Site.StartAsync(null, schema);
        var others = await site.BornAsync(50);
        await using var locker = await PostgresFixture.OpenAsync();
        await using var transaction = await locker.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand($"lock table {schema.Quoted}.session_quarantine in access exclusive mode", locker)) await command.ExecuteNonQueryAsync();

        var session = (await site.BornAsync(1))[0];
        await schema.ExecuteAsync($"alter table {schema.Quoted}.session {Constraint}");
        session = Change(site, session, "some poison");
        var refusal = await Assert.ThrowsAsync<BackingStoreException>(() => site.Engine.CommitAsync(session, Durability.Durable, default).AsTask());
        Assert.Equal(BackingStoreFailure.Data, refusal.Failure);
        for (var i = 0; i < others.Length; i++) others[i] = Change(site, others[i], $"changed {i}");
        await Task.WhenAll(others.Select(other => site.Engine.CommitAsync(other, Durability.Durable, default).AsTask())).WaitAsync(TimeSpan.FromSeconds(5));

        await site.AssertRowsEqualMemoryAsync(others);
        Assert.Equal(1, site.Engine.QuarantinedWithoutLetter);
        await transaction.RollbackAsync();
        await WaitForLettersAsync(site, 1);
    }

    private static LiveSession Change(Site site, LiveSession session, string value) => site.Engine.Set(session, Key, Encoding.UTF8.GetBytes(value), out _);

    // One session whose change the table refuses, and its letter stored.
    private static async Task<LiveSession> PoisonAsync(Site site, TestSchema schema)
    {
        var session = (await site.BornAsync(1))[0];
        await schema.ExecuteAsync($"alter table {schema.Quoted}.session {Constraint}");
        session = Change(site, session, "some poison");
        var refusal = await Assert.ThrowsAsync<BackingStoreException>(() => site.Engine.CommitAsync(session, Durability.Durable, default).AsTask());
        Assert.DoesNotContain("some poison", refusal.Message, StringComparison.Ordinal);
        await WaitForLettersAsync(site, 1);
        return session;
    }

    private static async Task WaitForLettersAsync(Site site, int count)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (site.Engine.QuarantinedWithoutLetter > 0 || await site.Engine.Quarantine.CountAsync(patience.Token) != count) await Task.Delay(20, patience.Token);
    }

    private static string? Get(LiveSession session, ReadOnlySpan<byte> key) => session.Payload.TryGet(key, out var value) ? Encoding.UTF8.GetString(value) : null;

    private static async Task<string> StoredAsync(TestSchema schema, LiveSession session)
    {
        var bytes = await schema.ScalarAsync<byte[]>($"select session_data from {schema.Quoted}.session where session_key = '{session.Key.ToHex()}'");
        Assert.True(PackedSession.TryRead(bytes, out var payload, out var problem), problem);
        Assert.True(payload.TryGet(Key, out var value));
        return Encoding.UTF8.GetString(value);
    }
}
