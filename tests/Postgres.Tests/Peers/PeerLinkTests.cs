using HybridSession.Postgres.Connecting;
using HybridSession.Postgres.Peers;
using Npgsql;

namespace HybridSession.Postgres.Tests.Peers;

/// <summary>The contract of <see cref="ISessionPeerLink"/> on a server where all is well.</summary>
public sealed class PeerLinkTests
{
    [Fact]
    public async Task Two_nodes_hear_each_other_and_themselves()
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var a = await LinkedNode.JoinAsync(schema.CreateStore());
        await using var b = await LinkedNode.JoinAsync(schema.CreateStore());

        await a.SendAsync(new PeerMessage(null, "to all"), new PeerMessage(b.Name, "to b"), new PeerMessage(a.Name, "to myself"));

        Assert.Equal(["to all", "to myself"], await a.Told.HearAsync(2));
        Assert.Equal(["to all", "to b"], await b.Told.HearAsync(2));

        // What was meant for others would stand before this one.
        await b.SendAsync(new PeerMessage(null, "last"));
        Assert.Equal(["last"], await a.Told.HearAsync(1));
        Assert.Equal(["last"], await b.Told.HearAsync(1));
    }

    [Fact]
    public async Task Who_joins_is_told_who_is_there_and_the_others_are_told_soon()
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var a = LinkedNode.Start(schema.CreateStore());
        Assert.Equal([a.Name], (await a.Told.NextAsync(PeerEventKind.Joined)).Nodes);

        await using var b = LinkedNode.Start(schema.CreateStore());

        Assert.Equal(new[] { a.Name, b.Name }.Order(), (await b.Told.NextAsync(PeerEventKind.Joined)).Nodes.Order());
        Assert.Equal(new[] { a.Name, b.Name }.Order(), (await a.Told.NextAsync(told => told.Nodes.Count == 2)).Nodes.Order());
        Assert.Equal(new[] { a.Name, b.Name }.Order(), (await a.ReadNodesAsync()).Order());
    }

    [Fact]
    public async Task A_busy_line_is_asked_for_the_nodes_too()
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var a = await LinkedNode.JoinAsync(schema.CreateStore());
        using var enough = new CancellationTokenSource();
        var chatter = Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested)
            {
                await a.SendAsync(new PeerMessage(null, "still here"));
                await Task.Delay(200);
            }
        });

        var told = await a.Told.NextAsync(PeerEventKind.Nodes);
        await enough.CancelAsync();
        await chatter;

        Assert.Equal([a.Name], told.Nodes);
        Assert.InRange(a.Told.Seen.Count(seen => seen.Kind == PeerEventKind.Message), 20, int.MaxValue);
    }

    [Fact]
    public async Task A_message_that_comes_with_the_answer_to_a_question_is_handed_on_at_once()
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var sender = await PostgresFixture.OpenAsync();
        await using var a = await LinkedNode.JoinAsync(schema.CreateStore(o => o.LockTimeout = TimeSpan.FromMinutes(1)));

        // The question reads this table, and PostgreSQL keeps messages back until it has answered.
        await schema.ExecuteAsync("begin; lock table pg_catalog.pg_database in access exclusive mode");
        try
        {
            while (!await schema.ScalarAsync<bool>("select exists (select from pg_locks where relation = 'pg_catalog.pg_database'::regclass and not granted)"))
            {
            }
            a.Told.TakeAll();
            await using var command = new NpgsqlCommand($"select pg_notify('{new PeerNames(schema.Name).Everybody}', 'in between')", sender);
            await command.ExecuteNonQueryAsync();
        }
        finally
        {
            await schema.ExecuteAsync("commit");
        }

        await a.Told.NextAsync(PeerEventKind.Nodes);
        Assert.Contains(a.Told.Seen, told => told.Text == "in between");
        Assert.DoesNotContain(a.Told.Seen, told => told.Kind == PeerEventKind.Lost);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_node_that_is_stopped_has_left(bool dataSourceOfTheApplication)
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var pooled = dataSourceOfTheApplication ? NpgsqlDataSource.Create(schema.ConnectionString + ";Maximum Pool Size=3") : null;
        var store = schema.CreateStore(o => (o.ConnectionString, o.DataSource) = (pooled is null ? o.ConnectionString : null, pooled));
        await using var a = await LinkedNode.JoinAsync(schema.CreateStore());
        await using var b = await LinkedNode.JoinAsync(store);
        Assert.Equal(2, (await a.ReadNodesAsync()).Count);

        await b.StopAsync();

        Assert.Equal([a.Name], await a.ReadNodesAsync());
        if (pooled is null) return;

        // The pool keeps its connection, and that hears nothing any more.
        await using var connection = await pooled.OpenConnectionAsync();
        await using var command = new NpgsqlCommand("select count(*) from pg_listening_channels()", connection);
        Assert.Equal(0L, await command.ExecuteScalarAsync());
    }

    [Fact]
    public async Task A_node_can_join_while_its_former_connection_is_still_held()
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var former = await LinkedNode.JoinAsync(schema.CreateStore());

        await using var again = await LinkedNode.JoinAsync(schema.CreateStore(), former.Name);

        Assert.Equal([again.Name], await again.ReadNodesAsync());
        await former.StopAsync();
        Assert.Equal([again.Name], await again.ReadNodesAsync());
    }

    [Fact]
    public async Task Messages_of_all_lengths_and_characters_arrive_as_they_were_sent()
    {
        const string Base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=";
        await using var schema = await TestSchema.CreateAsync();
        await using var a = await LinkedNode.JoinAsync(schema.CreateStore());
        await using var b = await LinkedNode.JoinAsync(schema.CreateStore());
        var ascii = string.Concat(Enumerable.Range(1, 126).Select(i => (char)i));
        string[] texts = ["", "'", "''; drop table session; --", "\"$1\" $$ \\ {}", ascii, Base64, string.Concat(Enumerable.Repeat(Base64, 200))[..a.Link.MaxMessageLength]];

        await a.SendAsync([.. texts.Select(text => new PeerMessage(b.Name, text))]);

        Assert.Equal(texts, await b.Told.HearAsync(texts.Length));
        Assert.Equal(7_900, a.Link.MaxMessageLength);
    }

    [Fact]
    public async Task Hundreds_of_long_messages_in_one_call_arrive_in_their_order()
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var a = await LinkedNode.JoinAsync(schema.CreateStore());
        await using var b = await LinkedNode.JoinAsync(schema.CreateStore());
        var texts = Enumerable.Range(0, 300).Select(i => $"{i}:".PadRight(a.Link.MaxMessageLength, 'x')).ToArray();

        await a.SendAsync([.. texts.Select(text => new PeerMessage(b.Name, text))]);

        Assert.Equal(texts, await b.Told.HearAsync(texts.Length));
    }

    [Fact]
    public async Task Two_schemas_of_one_database_do_not_hear_each_other()
    {
        await using var here = await TestSchema.CreateAsync();
        await using var there = await TestSchema.CreateAsync();
        await using var a = await LinkedNode.JoinAsync(here.CreateStore());
        await using var b = await LinkedNode.JoinAsync(there.CreateStore(), a.Name);
        await using var witness = await LinkedNode.JoinAsync(here.CreateStore());

        await a.SendAsync(new PeerMessage(null, "here"), new PeerMessage(a.Name, "to a here"));
        await b.SendAsync(new PeerMessage(null, "there"));

        Assert.Equal(["there"], await b.Told.HearAsync(1));
        Assert.Equal(["here", "to a here"], await a.Told.HearAsync(2));
        Assert.Equal(["here"], await witness.Told.HearAsync(1));
        Assert.DoesNotContain(a.Told.TakeAll(), told => told.Text == "there");
        Assert.DoesNotContain(witness.Name, await b.ReadNodesAsync());
    }

    [Fact]
    public async Task What_somebody_forges_arrives_as_a_text_and_harms_nothing()
    {
        await using var schema = await TestSchema.CreateAsync();
        var names = new PeerNames(schema.Name);
        await using var a = await LinkedNode.JoinAsync(schema.CreateStore());

        await schema.ExecuteAsync($"notify \"{names.Everybody}\"; notify \"{names.Everybody}\", 'überall \u2603 '' \\x00'; select pg_notify('{names.ChannelOf(a.Name)}', repeat('z', 7999))");

        Assert.Equal(["", "überall \u2603 ' \\x00", new string('z', 7_999)], await a.Told.HearAsync(3));
        await a.SendAsync(new PeerMessage(null, "well"));
        Assert.Equal(["well"], await a.Told.HearAsync(1));
    }

    [Fact]
    public async Task Locks_of_others_are_no_nodes()
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var a = await LinkedNode.JoinAsync(schema.CreateStore());
        await schema.ExecuteAsync("select pg_advisory_lock(42), pg_advisory_lock(-1), pg_advisory_lock(1, 2)");

        Assert.Equal([a.Name], await a.ReadNodesAsync());

        await schema.ExecuteAsync("select pg_advisory_unlock_all()");
    }

    [Fact]
    public async Task What_cannot_be_a_message_is_refused_before_anything_is_sent()
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var a = await LinkedNode.JoinAsync(schema.CreateStore());
        var good = new PeerMessage(null, "good");

        foreach (var bad in new[] { new PeerMessage(null, new string('x', 7_901)), new PeerMessage(null, "ü"), new PeerMessage(null, "a\0b"), new PeerMessage("nobody", "x"), new PeerMessage(null, null!) })
            await Assert.ThrowsAsync<ArgumentException>(() => a.SendAsync(good, bad));

        await a.SendAsync();
        await a.SendAsync(new PeerMessage(null, "first"));
        Assert.Equal(["first"], await a.Told.HearAsync(1));
    }

    [Fact]
    public async Task A_role_without_any_privilege_can_join_and_hear()
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var role = await TestRole.CreateAsync(schema);
        await using var a = await LinkedNode.JoinAsync(schema.CreateStore(role.Use));
        await using var b = await LinkedNode.JoinAsync(schema.CreateStore(o =>
        {
            role.Use(o);
            o.ListenConnectionString = role.ConnectionString;
        }));

        await b.SendAsync(new PeerMessage(a.Name, "heard"));

        Assert.Equal(["heard"], await a.Told.HearAsync(1));
        Assert.Equal(2, (await b.ReadNodesAsync()).Count);
    }

    [Fact]
    public async Task The_server_soon_notices_a_node_whose_machine_has_died()
    {
        await using var schema = await TestSchema.CreateAsync();
        var sql = new SqlScripts(schema.Name);
        var names = new PeerNames(schema.Name);
        await using var source = NpgsqlDataSource.Create(schema.ConnectionString + ";Pooling=false");
        var connection = await DedicatedConnection.OpenAsync(source, sql, new PostgresSessionOptions(), default);
        var member = new PeerMembership(connection, sql, names, new PeerDirectory(sql, names), "abcdefgh");

        await member.JoinAsync(default);

        // What the operating system says of the connection, where it is one of TCP.
        await using (var command = new NpgsqlCommand("select inet_server_addr() is null or current_setting('tcp_keepalives_idle')::int + current_setting('tcp_keepalives_count')::int * current_setting('tcp_keepalives_interval')::int between 1 and 10", connection.Connection))
            Assert.Equal(true, await command.ExecuteScalarAsync());
        await member.LeaveAsync();
        Assert.False(connection.IsOpen);
    }

    [Fact]
    public async Task A_node_name_of_another_form_is_refused()
    {
        await using var schema = await TestSchema.CreateAsync();
        var link = schema.CreateStore().CreatePeerLink(TimeProvider.System);

        await Assert.ThrowsAsync<ArgumentException>(() => link.RunAsync("NOT-A-NODE", new PeerRecorder(), default));
    }
}
