using System.Text;
using CsCheck;
using HybridSession.Payload;
using Xunit;

namespace HybridSession.Core.Tests.Payload;

public class PayloadValidationTests
{
    private static readonly EntryText[] Two = [new("a", 2, "1"), new("b", 3, null)];

    [Fact]
    public void Every_valid_state_reads_back_without_a_copy() => SessionStates.Arbitrary.Sample(
        state =>
        {
            Assert.True(PackedSession.TryRead(state.Bytes, out var read, out var problem), problem);
            Assert.Same(state.Bytes, read.Bytes);
            Assert.Null(problem);
        },
        iter: 20_000,
        print: PayloadBytes.Show);

    [Fact]
    public void Random_bytes_never_throw() =>
        Gen.Byte.Array[0, 200].Select(Gen.Bool, (bytes, starts) => starts ? [1, .. bytes] : bytes).Sample(CheckTotal, iter: 100_000, print: Convert.ToHexString);

    [Fact]
    public void Damaged_payloads_never_throw() => Gen.Select(SessionStates.Arbitrary, Gen.Int[0, 3], Gen.Int[0, 1_000], Gen.Byte)
        .Select((state, kind, place, value) => Damage(state.Bytes, kind, place % state.Bytes.Length, value))
        .Sample(CheckTotal, iter: 100_000, print: Convert.ToHexString);

    [Fact]
    public void A_payload_cut_short_anywhere_is_refused() => SessionStates.Arbitrary.Sample(
        state =>
        {
            for (var length = 0; length < state.Bytes.Length; length++)
                Assert.False(PackedSession.TryRead(state.Bytes[..length], out _, out _));
            Assert.False(PackedSession.TryRead([.. state.Bytes, 0], out _, out _));
        },
        iter: 2_000,
        print: PayloadBytes.Show);

    [Fact]
    public void An_unknown_format_is_named()
    {
        Assert.False(PackedSession.TryRead([7, 1, 2, 3], out var session, out var problem));

        Assert.Contains("format 7", problem, StringComparison.Ordinal);
        Assert.Contains("format 1", problem, StringComparison.Ordinal);
        Assert.Same(PackedSession.Empty.Bytes, session.Bytes);
    }

    [Fact]
    public void Broken_rules_are_refused_with_their_name()
    {
        AssertProblem("empty", []);
        AssertProblem("names a node", PayloadBytes.Build([(1, 0)], 0, []));
        AssertProblem("floor is above", PayloadBytes.Build([(1, 3)], 4, []));
        AssertProblem("Too many nodes", PayloadBytes.Build([(5, 3), (4, 3), (3, 3), (2, 3), (1, 3)], 0, []));
        AssertProblem("not in order", PayloadBytes.Build([(1, 3), (2, 3)], 0, []));
        AssertProblem("not in order", PayloadBytes.Build([(1, 3), (2, 0)], 0, []));
        AssertProblem("listed twice", PayloadBytes.Build([(1, 3), (1, 2)], 0, []));
        AssertProblem("outside the session's", PayloadBytes.Build([(1, 2)], 0, Two));
        AssertProblem("outside the session's", PayloadBytes.Build([(1, 2)], 0, [new("a", 0, "1", IsUser: false)]));
        AssertProblem("not above the floor", PayloadBytes.Build([(1, 3)], 2, Two));
        AssertProblem("not in order", PayloadBytes.Build([(1, 3)], 0, [Two[0], Two[0]]));
    }

    [Fact]
    public void Broken_counts_kinds_and_numbers_are_refused_with_their_name()
    {
        var valid = PayloadBytes.Build([(1, 3)], 0, Two);
        var keys = valid[1] - 2;
        Assert.True(PackedSession.TryRead(valid, out _, out _));

        AssertProblem("not what the header says", With(valid, keys, 2));
        AssertProblem("not what the header says", With(valid, keys + 1, 2));
        AssertProblem("another length", With(valid, 1, (byte)(valid[1] + 1)));
        AssertProblem("unknown kind", With(valid, valid.Length - 1, 7));
        AssertProblem("truncated", With(valid, valid[1], 200));

        byte[] paddedVersion = [1, 15, 0x83, 0x00, .. valid.AsSpan(3)];
        AssertProblem("malformed", paddedVersion);
        byte[] hugeVersion = [1, 23, .. Enumerable.Repeat((byte)0xFF, 9), 0x01, .. valid.AsSpan(3)];
        AssertProblem("malformed", hugeVersion);
    }

    [Fact]
    public void A_length_read_from_the_data_is_never_allocated()
    {
        byte[] hugeValue = [.. PayloadBytes.Build([(1, 3)], 0, []), 1, (byte)'a', 1, 2, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F];
        PackedSession.TryRead(hugeValue, out _, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var isRead = PackedSession.TryRead(hugeValue, out _, out _);

        Assert.False(isRead);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2_000);
    }

    [Fact]
    public void A_problem_never_shows_content()
    {
        var bytes = PayloadBytes.Build([(1, 3)], 0, [new("secretkey", 3, "secretvalue")]);

        for (var i = 0; i < bytes.Length; i++)
        {
            PackedSession.TryRead(With(bytes, i, 0xFF), out _, out var problem);
            Assert.DoesNotContain("secret", problem ?? "", StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(Convert.ToHexString(Encoding.UTF8.GetBytes("secret")), problem ?? "", StringComparison.OrdinalIgnoreCase);
        }
    }

    private static void AssertProblem(string part, byte[] bytes)
    {
        Assert.False(PackedSession.TryRead(bytes, out _, out var problem));
        Assert.Contains(part, problem, StringComparison.Ordinal);
    }

    private static byte[] With(byte[] bytes, int at, byte value)
    {
        byte[] changed = [.. bytes];
        changed[at] = value;
        return changed;
    }

    private static byte[] Damage(byte[] bytes, int kind, int at, byte value) => kind switch
    {
        0 => With(bytes, at, value),
        1 => With(bytes, at, (byte)(bytes[at] ^ (1 << (value & 7)))),
        2 => [.. bytes.AsSpan(0, at), value, .. bytes.AsSpan(at)],
        _ => [.. bytes.AsSpan(0, at), .. bytes.AsSpan(at + 1)],
    };

    // What was accepted must be canonical (merging writes the same bytes again) and safe to use in every way.
    private static void CheckTotal(byte[] bytes)
    {
        if (!PackedSession.TryRead(bytes, out var session, out var problem))
        {
            Assert.False(string.IsNullOrEmpty(problem));
            return;
        }

        Assert.Same(bytes, PackedSession.Merge(session, PackedSession.Empty).Bytes);
        var keys = session.Keys();
        Assert.Equal(session.KeyCount, keys.Length);
        session.Get("a");
        if (session.Version == long.MaxValue) return;
        foreach (var changed in (PackedSession[])[session.Set("a", "new", session.Version + 1, default), session.Clear(session.Version + 1, default), session.WithTip(session.Version + 1, default)])
            Assert.True(PackedSession.TryRead(changed.Bytes, out _, out problem), problem);
    }
}
