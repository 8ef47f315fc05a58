using CsCheck;
using HybridSession.Payload;
using Xunit;

namespace HybridSession.Core.Tests.Payload;

public class PackedMergeTests
{
    private const int Iterations = 20_000;

    private static readonly Gen<PackedSession[]> ThreeArbitrary = SessionStates.Arbitrary.Array[3];

    [Fact]
    public void Merge_is_commutative_associative_idempotent() =>
        SessionStates.Replicas.Sample(CheckLaws, iter: Iterations / 4, print: SessionStates.Show);

    [Fact]
    public void Merge_is_commutative_associative_idempotent_on_every_valid_state() =>
        ThreeArbitrary.Sample(CheckLaws, iter: Iterations, print: SessionStates.Show);

    [Fact]
    public void A_merge_of_valid_states_is_a_valid_state() => ThreeArbitrary.Sample(
        states =>
        {
            var merged = PackedSession.Merge(states[0], states[1]);
            Assert.True(PackedSession.TryRead(merged.Bytes, out _, out var problem), problem);
        },
        iter: Iterations,
        print: SessionStates.Show);

    [Fact]
    public void A_merge_contains_both_sides() => ThreeArbitrary.Sample(
        states =>
        {
            var merged = PackedSession.Merge(states[0], states[1]);
            Assert.Equal(merged.Bytes, PackedSession.Merge(merged, states[0]).Bytes);
            Assert.Equal(merged.Bytes, PackedSession.Merge(states[1], merged).Bytes);
        },
        iter: Iterations,
        print: SessionStates.Show);

    [Theory]
    [InlineData(2, "old", 3, "new", "new")]
    [InlineData(3, "a", 3, "b", "b")]
    [InlineData(3, "a", 3, "ab", "ab")]
    [InlineData(3, "value", 3, null, null)]
    [InlineData(3, null, 4, "value", "value")]
    [InlineData(4, null, 3, "value", null)]
    public void The_higher_version_wins_then_the_tombstone_then_the_bytes(long leftVersion, string? left, long rightVersion, string? right, string? winner)
    {
        var a = Single(leftVersion, left);
        var b = Single(rightVersion, right);

        Assert.Equal(winner, PackedSession.Merge(a, b).Get("key"));
        Assert.Equal(winner, PackedSession.Merge(b, a).Get("key"));
    }

    [Fact]
    public void Clear_kills_what_the_other_side_changed_up_to_its_version_and_nothing_later()
    {
        var common = PackedSession.Empty.Set("a", "1", 1, SessionStates.Nodes[0]);
        var cleared = common.Clear(3, SessionStates.Nodes[0]);
        var other = common.Set("b", "2", 3, SessionStates.Nodes[1]).Set("c", "3", 4, SessionStates.Nodes[1]);

        var merged = PackedSession.Merge(cleared, other);

        Assert.Equal(["c"], merged.Keys());
        Assert.Equal((4, SessionStates.Nodes[1]), (merged.Version, merged.Node));
        Assert.True(merged.Contains(SessionStates.Nodes[0], 3));
    }

    [Fact]
    public void Entries_of_the_session_itself_outlive_a_Clear_on_the_other_side()
    {
        var session = new PackedSession(PayloadBytes.Build([(1, 2)], 0, [new("user", 1, "joe", IsUser: false), new("key", 2, "1")]));
        var cleared = session.Clear(3, SessionStates.Nodes[0]);

        var merged = PackedSession.Merge(session.Set("key", "2", 3, SessionStates.Nodes[1]), cleared);

        Assert.Equal([new("user", 1, "joe", IsUser: false)], PayloadBytes.Entries(merged));
    }

    [Fact]
    public void A_merge_that_adds_nothing_returns_the_array_of_the_side_that_has_all()
    {
        var older = PackedSession.Empty.Set("a", "1", 1, SessionStates.Nodes[0]);
        var newer = older.Set("b", "1", 2, SessionStates.Nodes[0]);

        Assert.Same(newer.Bytes, PackedSession.Merge(older, newer).Bytes);
        Assert.Same(newer.Bytes, PackedSession.Merge(newer, older).Bytes);
        Assert.Same(newer.Bytes, PackedSession.Merge(newer, PackedSession.Empty).Bytes);
    }

    private static PackedSession Single(long version, string? value) =>
        new(PayloadBytes.Build([(1, 9)], 0, [new EntryText("key", version, value)]));

    private static void CheckLaws(PackedSession[] states)
    {
        var (a, b, c) = (states[0], states[1], states[2]);

        Assert.Equal(PackedSession.Merge(a, b).Bytes, PackedSession.Merge(b, a).Bytes);
        Assert.Equal(PackedSession.Merge(PackedSession.Merge(a, b), c).Bytes, PackedSession.Merge(a, PackedSession.Merge(b, c)).Bytes);
        Assert.Same(a.Bytes, PackedSession.Merge(a, new PackedSession([.. a.Bytes])).Bytes);
    }
}
