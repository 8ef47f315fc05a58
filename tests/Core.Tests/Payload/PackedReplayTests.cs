using CsCheck;
using HybridSession.Payload;
using Xunit;

namespace HybridSession.Core.Tests.Payload;

public class PackedReplayTests
{
    private const int Iterations = 5_000;
    private const int Keys = 8;

    private static readonly NodeId Node = NodeId.FromText("replayer");

    // Few keys, so that tombstones are never dropped and the expectation is exact; merges are of other tests.
    private static readonly Gen<(Step[] Common, Step[] Since, Step[] HeldBack)> Histories = Gen.Select(Steps(20), Steps(12), Steps(12));

    [Fact]
    public void What_changed_since_is_kept_and_what_was_held_back_is_brought_in_elsewhere() => Histories.Sample(
        history =>
        {
            var (common, current, heldBack, touched) = Play(history);

            var result = Replay(current, heldBack, common);

            for (var key = 0; key < Keys; key++)
            {
                var name = $"key{key}";
                Assert.Equal((touched.Contains(name) ? current : heldBack).Get(name), result.Get(name));
            }
        },
        iter: Iterations);

    [Fact]
    public void The_result_is_a_valid_state_that_other_copies_take_over() => Histories.Sample(
        history =>
        {
            var (common, current, heldBack, _) = Play(history);

            var result = Replay(current, heldBack, common);

            Assert.True(PackedSession.TryRead(result.Bytes, out _, out var problem), problem);
            foreach (var copy in (PackedSession[])[common, current])
            {
                var merged = PackedSession.Merge(copy, result);
                for (var key = 0; key < Keys; key++) Assert.Equal(result.Get($"key{key}"), merged.Get($"key{key}"));
            }
        },
        iter: Iterations);

    [Fact]
    public void A_second_time_changes_nothing() => Histories.Sample(
        history =>
        {
            var (common, current, heldBack, _) = Play(history);
            var once = Replay(current, heldBack, common);

            Assert.Same(once.Bytes, Replay(once, heldBack, common).Bytes);
        },
        iter: Iterations);

    [Fact]
    public void A_state_that_contains_it_all_is_returned_as_it_is()
    {
        var common = PackedSession.Empty.Set("a"u8, "1"u8, 1, Node);
        var heldBack = common.Set("b"u8, "2"u8, 2, Node).Remove("a"u8, 3, Node);
        var current = heldBack.Set("c"u8, "3"u8, 4, Node);

        Assert.Same(current.Bytes, current.Replay(heldBack, common.Version, 5, Node).Bytes);
    }

    [Fact]
    public void A_change_of_another_copy_that_was_made_meanwhile_wins()
    {
        var common = PackedSession.Empty.Set("cart"u8, "first"u8, 1, Node).Set("other"u8, "x"u8, 2, Node);
        var heldBack = common.Set("cart"u8, "held back"u8, 30, Node);

        var row = common.Replay(heldBack, common.Version, 3, Node);
        var meanwhile = common.Set("cart"u8, "meanwhile"u8, common.Version + 1, Node);

        Assert.Equal("held back", row.Get("cart"));
        Assert.Equal("meanwhile", PackedSession.Merge(row, meanwhile).Get("cart"));
    }

    [Fact]
    public void A_clear_that_was_held_back_clears_what_there_was_and_not_what_came_since()
    {
        var common = PackedSession.Empty.Set("a"u8, "1"u8, 1, Node).Set("b"u8, "1"u8, 2, Node);
        var heldBack = common.Clear(10, Node).Set("b"u8, "1"u8, 11, Node);
        var current = common.Set("c"u8, "since"u8, 3, Node);

        var result = Replay(current, heldBack, common);

        Assert.Equal((null, "1", "since"), (result.Get("a"), result.Get("b"), result.Get("c")));
    }

    [Fact]
    public void After_a_clear_since_nothing_that_was_held_back_comes_back()
    {
        var common = PackedSession.Empty.Set("a"u8, "1"u8, 1, Node);
        var heldBack = common.Set("a"u8, "2"u8, 20, Node).Set("b"u8, "2"u8, 21, Node);
        var current = common.Clear(2, Node);

        Assert.Same(current.Bytes, Replay(current, heldBack, common).Bytes);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(2)]
    public void The_new_version_must_be_above_the_state_and_its_base(long version)
    {
        var state = PackedSession.Empty.Set("a"u8, "1"u8, 3, Node);

        Assert.Throws<ArgumentOutOfRangeException>(() => state.Replay(state, 3, version, Node));
    }

    private static Gen<Step[]> Steps(int most) => Step.Generate(Keys).Where(step => step.Kind != StepKind.Merge).Array[0, most];

    private static PackedSession Replay(PackedSession current, PackedSession heldBack, PackedSession common) =>
        current.Replay(heldBack, common.Version, Math.Max(current.Version, common.Version) + 1, Node);

    // The two sides, and which keys the later one has touched since.
    private static (PackedSession Common, PackedSession Current, PackedSession HeldBack, HashSet<string> Touched) Play((Step[] Common, Step[] Since, Step[] HeldBack) history)
    {
        var common = history.Common.Aggregate(PackedSession.Empty, (session, step) => step.Change(session));
        var heldBack = history.HeldBack.Aggregate(common, (session, step) => step.Change(session));
        var touched = new HashSet<string>();
        var current = common;
        foreach (var step in history.Since)
        {
            var next = step.Change(current);
            var isChanged = !ReferenceEquals(next.Bytes, current.Bytes);
            if (isChanged && step.Kind is StepKind.Set or StepKind.Remove) touched.Add(step.Key);
            if (isChanged && step.Kind == StepKind.Clear) touched.UnionWith(Enumerable.Range(0, Keys).Select(key => $"key{key}"));
            current = next;
        }

        return (common, current, heldBack, touched);
    }
}
