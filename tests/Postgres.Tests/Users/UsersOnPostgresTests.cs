using System.Text;
using HybridSession.Consistency;
using HybridSession.Hot;
using HybridSession.Users;

namespace HybridSession.Postgres.Tests.Users;

/// <summary>Two nodes with their links over one database.</summary>
public sealed class UsersOnPostgresTests
{
    [Theory]
    [InlineData(UserLimitBehavior.DropOldest)]
    [InlineData(UserLimitBehavior.Refuse)]
    public async Task Of_fifty_binds_at_once_on_two_nodes_as_many_remain_as_the_limit_allows(UserLimitBehavior atLimit)
    {
        await using var schema = await TestSchema.CreateAsync();
        void Limit(SessionEngineOptions options) => (options.Users.MaxSessionsPerUser, options.Users.AtLimit) = (3, atLimit);
        await using var a = await Site.JoinAsync(schema, Limit);
        await using var b = await Site.JoinAsync(schema, Limit);
        var (onA, onB) = (await a.BornAsync(25), await b.BornAsync(25));

        var binds = await Task.WhenAll([
            .. onA.Select(session => a.Engine.BindAsync(session, "anna", default).AsTask()),
            .. onB.Select(session => b.Engine.BindAsync(session, "anna", default).AsTask())]);

        var left = (await a.Engine.Administration.FindByUserAsync("anna")).Select(found => found.Id).ToHashSet();
        Assert.Equal(3, left.Count);
        LiveSession[] all = [.. onA, .. onB];
        if (atLimit == UserLimitBehavior.Refuse)
        {
            Assert.Equal(left, all.Where((_, i) => binds[i] == BindResult.Bound).Select(session => session.Key.ToPublicId()).ToHashSet());
            Assert.Equal(47, binds.Count(result => result == BindResult.LimitReached));
            return;
        }

        // What was dropped opens nowhere, whichever node had it in memory.
        foreach (var session in all)
        {
            var isLeft = left.Contains(session.Key.ToPublicId());
            Assert.Equal(isLeft, (await OpenAsync(a, session)).Session is not null);
            Assert.Equal(isLeft, (await OpenAsync(b, session)).Session is not null);
        }
    }

    [Fact]
    public async Task A_user_who_is_revoked_on_one_node_has_no_session_on_the_other_when_the_call_returns()
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var a = await Site.JoinAsync(schema);
        await using var b = await Site.JoinAsync(schema);
        var sessions = await a.BornAsync(1_000);
        foreach (var chunk in sessions.Chunk(50)) await Task.WhenAll(chunk.Select(session => a.Engine.BindAsync(session, "anna", default).AsTask()));
        var stamps = sessions.Select(session => a.Engine.StampOf(session)).ToArray();
        foreach (var session in sessions) Assert.NotNull((await OpenAsync(b, session)).Session);
        Assert.True(b.Engine.TryOpenHot(sessions[0].TokenText, stamps[0], out _));

        Assert.Equal(999, await a.Engine.Administration.RevokeUserAsync("anna", sessions[0].Key.ToPublicId()));

        for (var i = 1; i < sessions.Length; i++)
        {
            Assert.True(sessions[i].IsEnded);
            Assert.False(b.Engine.TryOpenHot(sessions[i].TokenText, stamps[i], out _));
        }

        Assert.Equal(SessionOrigin.Removed, (await OpenAsync(b, sessions[^1])).Origin);
        Assert.NotNull((await OpenAsync(b, sessions[0])).Session);
        Assert.Equal(1, await b.Engine.Administration.CountByUserAsync("anna"));
    }

    [Fact]
    public async Task Whatever_a_session_does_while_its_user_is_revoked_it_does_not_survive()
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var a = await Site.JoinAsync(schema);
        await using var b = await Site.JoinAsync(schema);
        for (var round = 0; round < 10; round++)
        {
            var user = $"user {round}";
            var sessions = await a.BornAsync(12);
            await Task.WhenAll(sessions.Select(session => a.Engine.BindAsync(session, user, default).AsTask()));
            var copies = new LiveSession[sessions.Length];
            for (var i = 0; i < copies.Length; i++) copies[i] = (await OpenAsync(b, sessions[i])).Session!;

            // Changed, bound once more, given a new token; on the node that revokes and on the other.
            var busy = Task.WhenAll(sessions.Select((session, i) => Task.Run(async () =>
            {
                var (node, copy) = i % 2 == 0 ? (a, session) : (b, copies[i]);
                node.Engine.Set(copy, "x"u8, Encoding.UTF8.GetBytes($"{round}"), out _);
                if (i % 3 == 0) await node.Engine.BindAsync(copy, user, default);
                else if (i % 3 == 1) await node.Engine.RegenerateAsync(copy, default);
                else await node.Engine.CommitAsync(copy, Durability.Durable, default);
            })));
            await a.Engine.Administration.RevokeUserAsync(user);
            var afterwards = await a.Engine.Administration.CountByUserAsync(user);
            await busy;

            Assert.Equal(0, afterwards);
            Assert.Equal(0, await a.Engine.Administration.CountByUserAsync(user));
            Assert.Equal(0, await schema.ScalarAsync<long>($"select count(*) from {schema.Quoted}.session where session_key = any(array[{string.Join(", ", sessions.Select(session => $"'{session.Key.ToHex()}'"))}])"));
        }

        Assert.Equal(0, await schema.ScalarAsync<long>($"select count(*) from {schema.Quoted}.session"));
    }

    [Fact]
    public async Task Binds_and_flushes_of_many_sessions_at_once_do_not_deadlock()
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var a = await Site.JoinAsync(schema, o => o.Users.MaxSessionsPerUser = 5);
        await using var b = await Site.JoinAsync(schema, o => o.Users.MaxSessionsPerUser = 5);
        var before = await schema.ScalarAsync<long>("select deadlocks from pg_stat_database where datname = current_database()");

        for (var round = 0; round < 5; round++)
        {
            var (onA, onB) = (await a.BornAsync(40), await b.BornAsync(40));
            await Task.WhenAll([.. Run(a, onA), .. Run(b, onB)]);
            for (var user = 0; user < 3; user++) Assert.Equal(5, await a.Engine.Administration.CountByUserAsync($"user {user}"));
        }

        Assert.Equal(before, await schema.ScalarAsync<long>("select deadlocks from pg_stat_database where datname = current_database()"));

        static IEnumerable<Task> Run(Site site, LiveSession[] sessions) => sessions.Select((session, i) => Task.Run(async () =>
        {
            site.Engine.Set(session, "x"u8, "1"u8, out _);
            await site.Engine.BindAsync(session, $"user {i % 3}", default);
            site.Engine.Set(session, "x"u8, "2"u8, out _);
            await site.Engine.CommitAsync(session, Durability.Durable, default);
        }));
    }

    // As a client would that saw the session last on the node that has it now.
    private static async Task<OpenResult> OpenAsync(Site site, LiveSession session)
    {
        var stamp = SessionStamp.Of(session.Payload);
        return site.Engine.TryOpenHot(session.TokenText, stamp, out var hot) ? hot : await site.Engine.OpenAsync(session.Token, stamp, default);
    }
}
