using HybridSession.Postgres.Tests.Peers;

namespace HybridSession.Postgres.Tests.Poolers;

/// <summary>The link between nodes where a real PgBouncer in transaction mode stands before the server.</summary>
public sealed class PgBouncerLinkTests
{
    [Fact]
    public async Task A_node_that_cannot_hear_says_so_once_and_leaves_nothing_behind()
    {
        var bouncer = await PgBouncer.GetAsync();
        await using var schema = await TestSchema.CreateAsync();
        var pauses = new PauseRecorder();
        await using var deaf = LinkedNode.Start(schema.CreateStore(o => o.ConnectionString = bouncer.Through(schema.ConnectionString)), time: pauses);

        var lost = await deaf.Told.NextAsync(PeerEventKind.Lost);

        Assert.Contains("Set ListenConnectionString to the server itself", lost.Text, StringComparison.Ordinal);
        Assert.Contains("Cluster:Enabled to false", lost.Text, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromMinutes(1), await pauses.NextAsync());
        Assert.Empty(await deaf.ReadNodesAsync());
        await deaf.StopAsync();
        Assert.Single(deaf.Told.TakeAll());
    }

    [Fact]
    public async Task A_node_with_a_direct_way_beside_the_pooler_hears_what_is_sent_through_it()
    {
        var bouncer = await PgBouncer.GetAsync();
        await using var schema = await TestSchema.CreateAsync();
        await using var a = await LinkedNode.JoinAsync(schema.CreateStore(o => (o.ConnectionString, o.ListenConnectionString) = (bouncer.Through(schema.ConnectionString), schema.ConnectionString)));
        await using var b = await LinkedNode.JoinAsync(schema.CreateStore());

        await a.SendAsync(new PeerMessage(null, "through the pooler"), new PeerMessage(b.Name, "to b"));
        await b.SendAsync(new PeerMessage(a.Name, "past it"));

        Assert.Equal(["through the pooler", "to b"], await b.Told.HearAsync(2));
        Assert.Equal(["past it", "through the pooler"], (await a.Told.HearAsync(2)).Order());
        Assert.Equal(2, (await a.ReadNodesAsync()).Count);
    }

    [Fact]
    public async Task A_direct_way_that_is_none_is_named()
    {
        var bouncer = await PgBouncer.GetAsync();
        await using var schema = await TestSchema.CreateAsync();
        await using var node = LinkedNode.Start(schema.CreateStore(o => (o.ConnectionString, o.ListenConnectionString) = (bouncer.Through(schema.ConnectionString), bouncer.Through(schema.ConnectionString))));

        Assert.StartsWith("ListenConnectionString leads to a connection pooler", (await node.Told.NextAsync(PeerEventKind.Lost)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_doctor_warns_of_a_node_that_cannot_hear_and_is_content_with_a_direct_way()
    {
        var bouncer = await PgBouncer.GetAsync();
        await using var schema = await TestSchema.CreateAsync();
        await schema.StartStoreAsync();
        await using var other = await LinkedNode.JoinAsync(schema.CreateStore());
        var deaf = schema.CreateStore(o => o.ConnectionString = bouncer.Through(schema.ConnectionString));
        var hearing = schema.CreateStore(o => (o.ConnectionString, o.ListenConnectionString) = (bouncer.Through(schema.ConnectionString), schema.ConnectionString));

        var warning = await NodesAsync(deaf);
        var good = await NodesAsync(hearing);

        Assert.Equal(ProbeStatus.Warning, warning.Status);
        Assert.StartsWith("A connection pooler stands before PostgreSQL", warning.Observation, StringComparison.Ordinal);
        Assert.Contains("ListenConnectionString", warning.Advice, StringComparison.Ordinal);
        Assert.Equal((ProbeStatus.Good, "One other node is there, and is heard."), (good.Status, good.Observation));
    }

    private static async Task<ProbeFinding> NodesAsync(PostgresBackingStore store) =>
        Assert.Single(await store.CreateProbe(new SessionEngineOptions(), TimeProvider.System).ExamineAsync(TestContext.Current.CancellationToken), finding => finding.Name == "nodes");
}
