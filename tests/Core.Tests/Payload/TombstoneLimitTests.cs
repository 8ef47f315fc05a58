using System.Globalization;
using HybridSession.Payload;
using Xunit;

namespace HybridSession.Core.Tests.Payload;

public class TombstoneLimitTests
{
    private static readonly NodeId Here = SessionStates.Nodes[0];
    private static readonly NodeId There = SessionStates.Nodes[1];

    [Fact]
    public void The_17th_removal_turns_the_oldest_tombstone_into_the_floor_and_lifts_what_is_alive()
    {
        var session = WithKeys(18);
        session = RemoveKeys(session, 0, 16);
        Assert.Equal((0, 16), (PayloadBytes.Floor(session), PayloadBytes.Tombstones(session)));
        var oldest = PayloadBytes.Entries(session).Where(e => e.Value is null).Min(e => e.Version);

        session = RemoveKeys(session, 16, 17);

        Assert.Equal((oldest, 16), (PayloadBytes.Floor(session), PayloadBytes.Tombstones(session)));
        Assert.Equal(["key17"], session.Keys());
        Assert.Equal(oldest + 1, PayloadBytes.Entries(session).Single(e => e.Value is not null).Version);
        Assert.True(PackedSession.TryRead(session.Bytes, out _, out var problem), problem);
    }

    [Fact]
    public void Entries_above_the_new_floor_keep_their_version()
    {
        var session = RemoveKeys(WithKeys(17), 0, 16).Set("late", "1", 100, Here);

        session = session.Remove("key16", 101, Here);

        Assert.Equal(100, PayloadBytes.Entries(session).Single(e => e.Key == "late").Version);
    }

    [Fact]
    public void A_merge_may_hold_more_tombstones_and_the_next_removal_brings_them_down()
    {
        var common = WithKeys(33);
        var merged = PackedSession.Merge(RemoveKeys(common, 0, 16), RemoveKeys(common, 16, 32));
        Assert.Equal(32, PayloadBytes.Tombstones(merged));

        var next = merged.Remove("key32", merged.Version + 1, Here);

        Assert.InRange(PayloadBytes.Tombstones(next), 1, PackedFormat.MaxTombstones);
        Assert.Empty(next.Keys());
        Assert.Empty(PackedSession.Merge(next, common).Keys());
    }

    [Fact]
    public void Tombstones_of_one_version_go_together()
    {
        var tombstones = Enumerable.Range(0, 20).Select(i => new EntryText("t" + i.ToString("00", CultureInfo.InvariantCulture), 5, null));
        var session = new PackedSession(PayloadBytes.Build([(1, 9)], 0, [.. tombstones, new EntryText("a", 3, "1"), new EntryText("b", 7, "1")]));

        var next = session.Remove("b", 10, Here);

        Assert.Equal([new EntryText("a", 6, "1"), new EntryText("b", 10, null)], PayloadBytes.Entries(next));
        Assert.Equal(5, PayloadBytes.Floor(next));
    }

    // Two accepted limits of a single floor (docs/decisions/0003-merge-floor.md); a change of either is a change of the merge rule.
    [Fact]
    public void Past_16_unmerged_removals_an_older_change_of_another_node_is_dropped()
    {
        var common = WithKeys(17);
        var other = common.Set("theirs", "1", common.Version + 1, There);

        Assert.Equal("1", PackedSession.Merge(RemoveKeys(common, 0, 16), other).Get("theirs"));
        Assert.Null(PackedSession.Merge(RemoveKeys(common, 0, 17), other).Get("theirs"));
    }

    [Fact]
    public void Past_16_unmerged_removals_an_older_removal_of_another_node_is_overruled()
    {
        var common = WithKeys(18);
        var other = common.Remove("key17", common.Version + 1, There);

        Assert.Null(PackedSession.Merge(RemoveKeys(common, 0, 16), other).Get("key17"));
        Assert.Equal("1", PackedSession.Merge(RemoveKeys(common, 0, 17), other).Get("key17"));
    }

    private static PackedSession WithKeys(int count)
    {
        var session = PackedSession.Empty;
        for (var i = 0; i < count; i++) session = session.Set(Key(i), "1", session.Version + 1, Here);
        return session;
    }

    private static PackedSession RemoveKeys(PackedSession session, int from, int to)
    {
        for (var i = from; i < to; i++) session = session.Remove(Key(i), session.Version + 1, Here);
        return session;
    }

    private static string Key(int i) => "key" + i.ToString("00", CultureInfo.InvariantCulture);
}
