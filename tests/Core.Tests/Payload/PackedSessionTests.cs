using HybridSession.Payload;
using Xunit;

namespace HybridSession.Core.Tests.Payload;

public class PackedSessionTests
{
    private static readonly NodeId Node = SessionStates.Nodes[0];

    [Fact]
    public void An_empty_session_has_version_0_no_node_and_no_keys()
    {
        Assert.Equal(0, PackedSession.Empty.Version);
        Assert.Equal(default, PackedSession.Empty.Node);
        Assert.Equal(0, PackedSession.Empty.KeyCount);
        Assert.Empty(PackedSession.Empty.Keys());
        Assert.Null(PackedSession.Empty.Get("a"));
        Assert.Same(PackedSession.Empty.Bytes, default(PackedSession).Bytes);
    }

    [Fact]
    public void Set_makes_a_value_readable_and_leaves_the_old_state_as_it_was()
    {
        var before = PackedSession.Empty.Set("b", "1", 1, Node);

        var after = before.Set("a", "2", 5, Node);

        Assert.Equal("2", after.Get("a"));
        Assert.Equal("1", after.Get("b"));
        Assert.Equal((5, Node, 2), (after.Version, after.Node, after.KeyCount));
        Assert.Equal(["a", "b"], after.Keys());
        Assert.Null(before.Get("a"));
        Assert.Equal(1, before.Version);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("", "value")]
    [InlineData("key", "")]
    [InlineData("schl\u00fcssel \ud83d\udd11", "\0")]
    public void Any_key_and_any_value_can_be_stored_the_empty_ones_too(string key, string value)
    {
        var session = PackedSession.Empty.Set("a", "1", 1, Node).Set(key, value, 2, Node).Set("z", "1", 3, Node);

        Assert.Equal(value, session.Get(key));
        Assert.Contains(key, session.Keys());
        Assert.Null(session.Remove(key, 4, Node).Get(key));
    }

    [Fact]
    public void Keys_are_compared_as_bytes()
    {
        var session = PackedSession.Empty.Set("Key", "1", 1, Node).Set("key", "2", 2, Node).Set("ke", "3", 3, Node).Set("key1", "4", 4, Node);

        Assert.Equal(("1", "2", "3", "4"), (session.Get("Key"), session.Get("key"), session.Get("ke"), session.Get("key1")));
        Assert.Null(session.Get("KEY"));
        Assert.Equal(["Key", "ke", "key", "key1"], session.Keys());
    }

    [Fact]
    public void A_change_that_changes_nothing_returns_the_same_array()
    {
        var session = PackedSession.Empty.Set("a", "1", 1, Node).Set("b", "", 2, Node).Set("c", "3", 3, Node).Remove("c", 4, Node);
        var cleared = session.Clear(5, Node);

        Assert.Same(session.Bytes, session.Set("a", "1", 9, Node).Bytes);
        Assert.Same(session.Bytes, session.Set("b", "", 9, Node).Bytes);
        Assert.Same(session.Bytes, session.Remove("c", 9, Node).Bytes);
        Assert.Same(session.Bytes, session.Remove("missing", 9, Node).Bytes);
        Assert.Same(cleared.Bytes, cleared.Clear(9, Node).Bytes);
        Assert.Same(PackedSession.Empty.Bytes, PackedSession.Empty.Clear(1, Node).Bytes);
    }

    [Fact]
    public void Setting_a_removed_key_to_its_old_value_is_a_change()
    {
        var removed = PackedSession.Empty.Set("a", "", 1, Node).Remove("a", 2, Node);

        var again = removed.Set("a", "", 3, Node);

        Assert.Equal("", again.Get("a"));
        Assert.Equal(3, again.Version);
        Assert.Equal(0, PayloadBytes.Tombstones(again));
    }

    [Fact]
    public void Clear_of_a_session_without_values_keeps_its_tombstones()
    {
        var session = PackedSession.Empty.Set("a", "1", 1, Node).Remove("a", 2, Node);

        Assert.Same(session.Bytes, session.Clear(3, Node).Bytes);
        Assert.Equal(1, PayloadBytes.Tombstones(session));
    }

    [Fact]
    public void Clear_drops_all_entries_and_raises_the_floor_to_its_version()
    {
        var session = PackedSession.Empty.Set("a", "1", 1, Node).Set("b", "1", 2, Node).Remove("b", 3, Node);

        var cleared = session.Clear(4, Node);

        Assert.Empty(PayloadBytes.Entries(cleared));
        Assert.Equal((4, 4, 0), (PayloadBytes.Floor(cleared), cleared.Version, cleared.KeyCount));
    }

    [Fact]
    public void Entries_of_the_session_itself_are_no_keys_and_outlive_Clear()
    {
        var bytes = PayloadBytes.Build([(Node.Value, 3)], 0, [new("a", 1, "user", IsUser: false), new("x", 2, null, IsUser: false), new("b", 3, "1")]);
        Assert.True(PackedSession.TryRead(bytes, out var session, out _));

        Assert.Equal(["b"], session.Keys());
        Assert.Null(session.Get("a"));
        var cleared = session.Set("a", "mine", 4, Node).Clear(5, Node);

        Assert.Equal([new("a", 1, "user", IsUser: false), new("x", 2, null, IsUser: false)], PayloadBytes.Entries(cleared));
        Assert.Equal(0, cleared.KeyCount);
        Assert.True(PackedSession.TryRead(cleared.Bytes, out _, out var problem), problem);
    }

    [Fact]
    public void WithTip_changes_the_tip_and_what_was_seen_only()
    {
        var session = PackedSession.Empty.Set("a", "1", 1, Node);

        var tipped = session.WithTip(7, SessionStates.Nodes[1]);

        Assert.Equal((7, SessionStates.Nodes[1]), (tipped.Version, tipped.Node));
        Assert.Equal(PayloadBytes.Entries(session), PayloadBytes.Entries(tipped));
        Assert.True(tipped.Contains(SessionStates.Nodes[1], 7));
        Assert.True(tipped.Contains(Node, 1));
        Assert.False(tipped.Contains(Node, 2));
    }

    [Fact]
    public void A_version_that_is_not_above_the_session_is_refused()
    {
        var session = PackedSession.Empty.Set("a", "1", 5, Node);

        foreach (var version in (long[])[5, 4, 0, -1])
        {
            Assert.Throws<ArgumentOutOfRangeException>("version", () => session.Set("b", "1", version, Node));
            Assert.Throws<ArgumentOutOfRangeException>("version", () => session.Remove("a", version, Node));
            Assert.Throws<ArgumentOutOfRangeException>("version", () => session.Clear(version, Node));
            Assert.Throws<ArgumentOutOfRangeException>("version", () => session.WithTip(version, Node));
        }
    }

    [Fact]
    public void Only_the_four_newest_nodes_are_remembered()
    {
        var session = PackedSession.Empty;
        for (ulong n = 1; n <= 6; n++) session = session.WithTip((long)n, new NodeId(n));

        Assert.Equal([(6ul, 6L), (5ul, 5L), (4ul, 4L), (3ul, 3L)], PayloadBytes.Seen(session));
        Assert.Equal([(4ul, 7L), (6ul, 6L), (5ul, 5L), (3ul, 3L)], PayloadBytes.Seen(session.WithTip(7, new NodeId(4))));
    }

    [Fact]
    public void The_largest_key_and_a_value_of_a_mebibyte_fit()
    {
        var key = new byte[PackedFormat.MaxKeyLength];
        var value = new byte[1024 * 1024];
        value.AsSpan().Fill(7);

        var session = PackedSession.Empty.Set("a", "1", 1, Node).Set(key, value, long.MaxValue, Node);

        Assert.True(session.TryGet(key, out var found));
        Assert.True(found.SequenceEqual(value));
        Assert.True(PackedSession.TryRead(session.Bytes, out var read, out var problem), problem);
        Assert.Equal((long.MaxValue, 2), (read.Version, read.KeyCount));
    }

    [Fact]
    public void A_key_over_the_limit_is_refused_and_never_found()
    {
        var key = new byte[PackedFormat.MaxKeyLength + 1];

        var thrown = Assert.Throws<ArgumentOutOfRangeException>("key", () => PackedSession.Empty.Set(key, [], 1, Node));

        Assert.Contains("65535", thrown.Message, StringComparison.Ordinal);
        Assert.False(PackedSession.Empty.TryGet(key, out _));
        Assert.Same(PackedSession.Empty.Bytes, PackedSession.Empty.Remove(key, 1, Node).Bytes);
    }

    [Fact]
    public void Set_allocates_the_new_array_and_nothing_else()
    {
        var key = PayloadBytes.Utf8("counter");
        var session = PackedSession.Empty.Set("other", new string('x', 1000), 1, Node).Set(key, [1], 2, Node);
        session.Set(key, [2], 3, Node);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var next = session.Set(key, [3], 3, Node);

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        const int arrayOverhead = 32;
        Assert.InRange(allocated, next.Bytes.Length, next.Bytes.Length + arrayOverhead);
    }

    [Fact]
    public void TryGet_does_not_allocate()
    {
        var key = PayloadBytes.Utf8("key");
        var session = PackedSession.Empty.Set(key, [1, 2, 3], 1, Node);
        session.TryGet(key, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();

        session.TryGet(key, out var value);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal([1, 2, 3], value.ToArray());
    }
}
