using HybridSession.Postgres.Peers;

namespace HybridSession.Postgres.Tests.Peers;

public sealed class PeerRefusalTests
{
    private static readonly DatabaseIdentity Sessions = new("shop", new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));

    [Fact]
    public void The_same_database_of_the_same_server_is_not_refused() => Assert.Null(PeerRefusal.Elsewhere(Sessions, Sessions with { Database = "shop" }));

    [Fact]
    public void Another_database_is_named() =>
        Assert.Equal(
            "ListenConnectionString leads to database \"web\", and not to \"shop\", that holds the sessions, so no node can hear the others there. Set ListenConnectionString to the same database of the same server.",
            PeerRefusal.Elsewhere(Sessions, Sessions with { Database = "web" })!.Text);

    [Fact]
    public void Another_server_with_a_database_of_the_same_name_is_refused() =>
        Assert.StartsWith("ListenConnectionString leads to another server than the one that holds the sessions", PeerRefusal.Elsewhere(Sessions, Sessions with { ServerStarted = default })!.Text, StringComparison.Ordinal);

    [Fact]
    public void A_pooler_is_said_with_what_to_set()
    {
        Assert.Contains("Cluster:Enabled to false", PeerRefusal.Pooled(isOwn: false).Advice, StringComparison.Ordinal);
        Assert.Equal("Set ListenConnectionString to the server itself.", PeerRefusal.Pooled(isOwn: true).Advice);
    }
}
