using System.Buffers.Binary;

namespace HybridSession.Updates;

/// <summary>Adds to a number: 4 bytes, highest first, as <c>SetInt32</c> of ASP.NET Core writes it, while it fits; 8 bytes when it does not or did not.</summary>
internal sealed class IncrementUpdate(long by) : SessionUpdate
{
    /// <exception cref="InvalidOperationException">The value is no number.</exception>
    /// <exception cref="OverflowException">The sum does not fit 64 bits.</exception>
    public override byte[]? Apply(byte[]? current)
    {
        var sum = checked(Read(current) + by);
        var isLong = current is { Length: sizeof(long) } || sum is < int.MinValue or > int.MaxValue;
        var bytes = new byte[isLong ? sizeof(long) : sizeof(int)];
        if (isLong) BinaryPrimitives.WriteInt64BigEndian(bytes, sum);
        else BinaryPrimitives.WriteInt32BigEndian(bytes, (int)sum);
        return bytes;
    }

    public override SessionUpdate? Join(SessionUpdate next) =>
        next is IncrementUpdate { By: var more } && (long.Sign(more) != long.Sign(by) || Math.Abs((decimal)more + by) <= long.MaxValue) ? new IncrementUpdate(by + more) : null;

    private long By => by;

    /// <summary>The number that a value is; 0 for none.</summary>
    /// <exception cref="InvalidOperationException">The value is no number.</exception>
    public static long Read(ReadOnlySpan<byte> value) => value.Length switch
    {
        0 => 0,
        sizeof(int) => BinaryPrimitives.ReadInt32BigEndian(value),
        sizeof(long) => BinaryPrimitives.ReadInt64BigEndian(value),
        _ => throw new InvalidOperationException($"The value is no number: it has {value.Length} bytes, and a number has 4 or 8. Increment what SetInt32 or Increment has written."),
    };
}
