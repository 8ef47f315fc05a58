using HybridSession.Postgres.Peers;

namespace HybridSession.Postgres.Tests.Peers;

public sealed class PeerNamesTests
{
    [Theory]
    [InlineData("aaaaaaaa")]
    [InlineData("77777777")]
    [InlineData("a7b6c5d4")]
    [InlineData("zyxwvuts")]
    public void A_node_is_read_back_from_the_number_of_its_lock(string node)
    {
        foreach (var schema in Enumerable.Range(0, 50).Select(i => $"schema {i}")) Assert.Equal(node, PeerNames.NodeOf(new PeerNames(schema).LockOf(node)));
    }

    [Fact]
    public void The_number_of_a_lock_begins_with_the_site()
    {
        foreach (var names in Enumerable.Range(0, 50).Select(i => new PeerNames($"schema {i}"))) Assert.Equal(names.Site, (int)(names.LockOf("abcdefgh") >>> 40));
    }

    [Fact]
    public void Sites_differ_by_their_schema_and_their_names_never_change()
    {
        Assert.Equal(200, Enumerable.Range(0, 200).Select(i => new PeerNames($"schema {i}").Site).Distinct().Count());

        // Nodes of two versions must find each other during a rolling deploy.
        var names = new PeerNames("public");
        Assert.Equal(("hybridsession_1dba78", "hybridsession_1dba78_abcdefgh", 2142156515307558087L), (names.Everybody, names.ChannelOf("abcdefgh"), names.LockOf("abcdefgh")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("abcdefg")]
    [InlineData("abcdefghi")]
    [InlineData("ABCDEFGH")]
    [InlineData("abcdefg1")]
    [InlineData("abcdefg\"")]
    public void What_is_no_node_name_has_neither_channel_nor_lock(string text)
    {
        var names = new PeerNames("public");

        Assert.Throws<ArgumentException>(() => names.ChannelOf(text));
        Assert.Throws<ArgumentException>(() => names.LockOf(text));
    }
}
