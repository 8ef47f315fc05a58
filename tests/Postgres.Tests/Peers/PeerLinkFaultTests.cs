using System.Diagnostics;
using HybridSession.LocalPostgres;
using HybridSession.Postgres.Peers;
using Microsoft.Extensions.Logging.Abstractions;

namespace HybridSession.Postgres.Tests.Peers;

/// <summary>What a link says and does when its connection or its server fails.</summary>
public sealed class PeerLinkFaultTests
{
    // Two seconds of silence and two for an answer, and some for a busy machine.
    private static readonly TimeSpan Notice = TimeSpan.FromSeconds(6);

    [Fact]
    public async Task A_node_whose_connection_is_ended_is_missing_until_it_has_joined_again()
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var role = await TestRole.CreateAsync(schema);
        await using var a = await LinkedNode.JoinAsync(schema.CreateStore());
        await using var b = await LinkedNode.JoinAsync(schema.CreateStore(role.Use));

        // So that it stays away until it was looked for.
        await schema.ExecuteAsync($"alter role {role.Quoted} connection limit 0");
        await TerminateAsync(schema, b);
        var lost = await b.Told.NextAsync(PeerEventKind.Lost);
        Assert.Equal([a.Name], await a.ReadNodesAsync());
        await a.Told.NextAsync(told => told.Kind == PeerEventKind.Nodes && told.Nodes.Count == 1);
        await schema.ExecuteAsync($"alter role {role.Quoted} connection limit -1");

        Assert.Equal(2, (await b.Told.NextAsync(PeerEventKind.Joined)).Nodes.Count);
        Assert.Contains("SQLSTATE 57P01", lost.Text, StringComparison.Ordinal);
        Assert.Single(b.Told.Seen, told => told.Kind == PeerEventKind.Lost);
        await a.SendAsync(new PeerMessage(b.Name, "welcome back"));
        Assert.Equal(["welcome back"], await b.Told.HearAsync(1));
    }

    [Fact]
    public async Task A_connection_that_is_ended_again_and_again_is_lost_and_joined_in_turn()
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var a = await LinkedNode.JoinAsync(schema.CreateStore());

        for (var i = 0; i < 5; i++)
        {
            await TerminateAsync(schema, a);
            await a.Told.NextAsync(PeerEventKind.Lost);
            await a.Told.NextAsync(PeerEventKind.Joined);
        }

        Assert.Equal(
            Enumerable.Repeat(PeerEventKind.Joined, 1).Concat(Enumerable.Repeat(new[] { PeerEventKind.Lost, PeerEventKind.Joined }, 5).SelectMany(pair => pair)),
            a.Told.Seen.Where(told => told.Kind is PeerEventKind.Joined or PeerEventKind.Lost).Select(told => told.Kind));
    }

    [Fact]
    public async Task A_server_that_restarts_is_joined_again()
    {
        await using var server = await StartServerAsync();
        await using var store = CreateStore(server.ConnectionString);
        await using var other = CreateStore(server.ConnectionString);
        await using var a = await LinkedNode.JoinAsync(store);
        await using var b = await LinkedNode.JoinAsync(other);

        await server.StopAsync(immediate: true);
        await a.Told.NextAsync(PeerEventKind.Lost);
        await b.Told.NextAsync(PeerEventKind.Lost);
        var refused = await Assert.ThrowsAsync<BackingStoreException>(() => a.SendAsync(new PeerMessage(null, "nobody hears")));
        await server.StartAgainAsync();
        await a.Told.NextAsync(PeerEventKind.Joined);
        await b.Told.NextAsync(PeerEventKind.Joined);

        Assert.Equal(BackingStoreFailure.Transient, refused.Failure);
        Assert.Equal(2, (await a.ReadNodesAsync()).Count);
        await a.SendAsync(new PeerMessage(null, "we are back"));
        Assert.Equal(["we are back"], await b.Told.HearAsync(1));
        Assert.Single(a.Told.Seen, told => told.Kind == PeerEventKind.Lost);
    }

    [Fact]
    public async Task A_server_that_says_nothing_is_noticed_and_a_link_to_it_can_be_stopped()
    {
        await using var server = await StartServerAsync();
        await using var store = CreateStore(server.ConnectionString);
        await using var other = CreateStore(server.ConnectionString);
        await using var a = await LinkedNode.JoinAsync(store);
        await using var b = await LinkedNode.JoinAsync(other);

        await server.PauseAsync();
        try
        {
            var clock = Stopwatch.StartNew();
            var lost = await a.Told.NextAsync(PeerEventKind.Lost);
            Assert.InRange(clock.Elapsed, TimeSpan.Zero, Notice);
            Assert.Contains("did not answer in time", lost.Text, StringComparison.Ordinal);

            clock.Restart();
            await b.StopAsync();
            Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(3));
        }
        finally
        {
            await server.ResumeAsync();
        }

        await a.Told.NextAsync(PeerEventKind.Joined);
        await a.SendAsync(new PeerMessage(a.Name, "awake"));
        Assert.Equal(["awake"], await a.Told.HearAsync(1));
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_said_once_and_without_the_password()
    {
        await using var store = CreateStore($"postgres://app:S3cr3t@127.0.0.1:{FreePort.Next()}/shop");
        var pauses = new PauseRecorder();
        await using var node = LinkedNode.Start(store, time: pauses);

        var lost = await node.Told.NextAsync(PeerEventKind.Lost);
        var drawn = new[] { await pauses.NextAsync(), await pauses.NextAsync(), await pauses.NextAsync() };
        await node.StopAsync();

        Assert.StartsWith("Nothing listens at 127.0.0.1:", lost.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("S3cr3t", lost.Text, StringComparison.Ordinal);
        Assert.All(drawn, pause => Assert.InRange(pause, RejoinDelay.Shortest, RejoinDelay.Longest));
        Assert.Single(node.Told.TakeAll());
    }

    [Fact]
    public async Task A_server_that_takes_no_writes_is_not_joined()
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var node = LinkedNode.Start(schema.CreateStore(o => o.ListenConnectionString = schema.ConnectionString + ";Options=-c default_transaction_read_only=on"));

        var lost = await node.Told.NextAsync(PeerEventKind.Lost);

        Assert.Contains("takes no writes", lost.Text, StringComparison.Ordinal);
        Assert.Empty(await node.ReadNodesAsync());
    }

    [Fact]
    public async Task Another_server_with_a_database_of_the_same_name_is_refused()
    {
        await using var server = await StartServerAsync();
        await using var schema = await TestSchema.CreateAsync();
        var database = await schema.ScalarAsync<string>("select current_database()");
        var elsewhere = await server.CreateDatabaseAsync(database);
        var pauses = new PauseRecorder();
        await using var node = LinkedNode.Start(schema.CreateStore(o => o.ListenConnectionString = elsewhere), time: pauses);

        var lost = await node.Told.NextAsync(PeerEventKind.Lost);

        Assert.StartsWith("ListenConnectionString leads to another server", lost.Text, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromMinutes(1), await pauses.NextAsync());
    }

    [Fact]
    public async Task Another_database_of_the_same_server_is_refused()
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var node = LinkedNode.Start(schema.CreateStore(o => o.ListenConnectionString = new Npgsql.NpgsqlConnectionStringBuilder(schema.ConnectionString) { Database = "template1" }.ConnectionString));

        Assert.StartsWith("ListenConnectionString leads to database \"template1\"", (await node.Told.NextAsync(PeerEventKind.Lost)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_that_was_not_sent_is_a_classified_failure_and_the_next_one_is_sent()
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var role = await TestRole.CreateAsync(schema);
        await using var a = await LinkedNode.JoinAsync(schema.CreateStore());
        await using var b = await LinkedNode.JoinAsync(schema.CreateStore(o => (o.ConnectionString, o.ListenConnectionString) = (role.ConnectionString, schema.ConnectionString)));
        await b.SendAsync(new PeerMessage(a.Name, "1"));
        await schema.ExecuteAsync($"select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = '{role.Name}'");

        var cut = await Assert.ThrowsAsync<BackingStoreException>(() => b.SendAsync(new PeerMessage(a.Name, "2")));
        await b.SendAsync(new PeerMessage(a.Name, "3"));
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        Assert.Equal(BackingStoreFailure.Transient, cut.Failure);
        Assert.Contains("Sending 1 messages", cut.Message, StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await b.Link.SendAsync([new PeerMessage(a.Name, "4")], cancelled.Token));
        Assert.Equal(["1", "3"], await a.Told.HearAsync(2));
    }

    [Fact]
    public async Task Where_the_server_is_away_nodes_cannot_be_asked_for()
    {
        await using var store = CreateStore($"postgres://app@127.0.0.1:{FreePort.Next()}/shop");
        var link = store.CreatePeerLink(TimeProvider.System);

        Assert.Equal(BackingStoreFailure.Transient, (await Assert.ThrowsAsync<BackingStoreException>(async () => await link.ReadNodesAsync(default))).Failure);
    }

    private static Task TerminateAsync(TestSchema schema, LinkedNode node)
    {
        var number = new PeerNames(schema.Name).LockOf(node.Name);
        return schema.ExecuteAsync($"select pg_terminate_backend(pid, 5000) from pg_locks where locktype = 'advisory' and objsubid = 1 and (classid::int8 << 32) | objid::int8 = {number}");
    }

    private static PostgresBackingStore CreateStore(string connectionString) =>
        new(new PostgresSessionOptions { ConnectionString = connectionString }, NullLogger.Instance);

    private static async Task<LocalPostgresServer> StartServerAsync()
    {
        try
        {
            return await LocalPostgresServer.StartAsync(LocalPostgresOptions.ForTests(control: true));
        }
        catch (LocalPostgresException exception) when (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")))
        {
            Assert.Skip(exception.Message);
            throw;
        }
    }
}
