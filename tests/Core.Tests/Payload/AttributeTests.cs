using System.Text;
using HybridSession.Expiration;
using HybridSession.Payload;

namespace HybridSession.Core.Tests.Payload;

public class AttributeTests
{
    private static readonly NodeId Node = SessionStates.Nodes[0];

    private static readonly PackedSession Start = PackedSession.Empty.Set("idle", "of the application", 1, Node);

    [Fact]
    public void An_attribute_is_no_key_of_the_application()
    {
        var session = Start.SetAttribute("idle"u8, "own"u8, 2, Node);

        Assert.Equal(("own", "of the application"), (Get(session, "idle"), session.Get("idle")));
        Assert.Equal(["idle"], session.Keys());
        Assert.Equal((1, true, false), (session.KeyCount, session.HasAttributes, Start.HasAttributes));
        Assert.True(PackedSession.TryRead(session.Bytes, out _, out var problem), problem);
    }

    [Fact]
    public void An_attribute_survives_Clear_and_the_removal_of_keys()
    {
        var session = Start.SetAttribute("b"u8, "2"u8, 2, Node).SetAttribute("a"u8, "1"u8, 3, Node).Clear(4, Node);
        for (var i = 0; i < 40; i++) session = session.Set($"k{i}", "x", session.Version + 1, Node).Remove($"k{i}", session.Version + 2, Node);

        Assert.Equal(("1", "2", 0), (Get(session, "a"), Get(session, "b"), session.KeyCount));
        Assert.True(PackedSession.TryRead(session.Bytes, out _, out var problem), problem);
    }

    [Fact]
    public void Setting_an_attribute_to_what_it_is_changes_nothing()
    {
        var session = Start.SetAttribute("a"u8, "1"u8, 2, Node);

        Assert.Same(session.Bytes, session.SetAttribute("a"u8, "1"u8, 3, Node).Bytes);
        Assert.Same(session.Bytes, session.SetAttribute("b"u8, default, 3, Node).Bytes);
    }

    [Fact]
    public void An_empty_attribute_is_none_and_wins_over_an_older_value_in_a_merge()
    {
        var session = Start.SetAttribute("a"u8, "1"u8, 2, Node);
        var emptied = session.SetAttribute("a"u8, default, 3, SessionStates.Nodes[1]);

        Assert.Null(Get(emptied, "a"));
        Assert.Null(Get(PackedSession.Merge(session, emptied), "a"));
        Assert.Equal("3", Get(emptied.SetAttribute("a"u8, "3"u8, 4, Node), "a"));
    }

    [Fact]
    public void Attributes_set_on_two_nodes_are_both_kept_and_of_one_the_newer_counts()
    {
        var here = Start.SetAttribute("a"u8, "1"u8, 2, Node).SetAttribute("b"u8, "old"u8, 3, Node);
        var there = Start.SetAttribute("b"u8, "new"u8, 5, SessionStates.Nodes[1]);

        var merged = PackedSession.Merge(here, there);

        Assert.Equal(("1", "new"), (Get(merged, "a"), Get(merged, "b")));
    }

    [Fact]
    public void The_terms_are_read_from_the_attributes_as_they_were_written()
    {
        var session = Start.SetAttribute(SessionTerms.IdleKey, SessionTerms.Encode(90_000), 2, Node)
            .SetAttribute(SessionTerms.LifetimeKey, SessionTerms.Encode(SessionTerms.NoLimit), 3, Node)
            .SetAttribute(SessionTerms.CookieMaxAgeKey, SessionTerms.Encode((long)SessionTerms.Longest.TotalMilliseconds), 4, Node);

        Assert.Equal(new SessionTerms(90_000, SessionTerms.NoLimit, (long)SessionTerms.Longest.TotalMilliseconds), SessionTerms.Read(session));
        Assert.Equal(default, SessionTerms.Read(Start));
        Assert.Null(SessionTerms.Read(session.SetAttribute(SessionTerms.IdleKey, SessionTerms.Encode(null), 5, Node)).IdleMs);
    }

    [Theory]
    [InlineData("ff")]
    [InlineData("8000")]
    [InlineData("0101")]
    [InlineData("63")]
    [InlineData("ffffffffffffffff7f")]
    public void Terms_that_nobody_wrote_count_as_none(string hex) =>
        Assert.Null(SessionTerms.Read(Start.SetAttribute(SessionTerms.IdleKey, Convert.FromHexString(hex), 2, Node)).IdleMs);

    private static string? Get(PackedSession session, string key) => session.TryGetAttribute(Encoding.UTF8.GetBytes(key), out var value) ? Encoding.UTF8.GetString(value) : null;
}
