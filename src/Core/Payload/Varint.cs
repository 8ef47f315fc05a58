using System.Numerics;

namespace HybridSession.Payload;

/// <summary>Non-negative numbers as unsigned LEB128: seven bits a byte, lowest first, in one to nine bytes.</summary>
internal static class Varint
{
    /// <summary>The most bytes of one number: 63 bits.</summary>
    public const int MaxLength = 9;

    private const int BitsPerByte = 7;
    private const int More = 0x80;

    /// <summary>The number of bytes that <see cref="Write"/> takes.</summary>
    public static int Length(long value) => (BitOperations.Log2((ulong)value) / BitsPerByte) + 1;

    /// <summary>Writes at <paramref name="at"/> and moves it behind the number.</summary>
    public static void Write(Span<byte> destination, ref int at, long value)
    {
        for (; value >= More; value >>= BitsPerByte) destination[at++] = (byte)(value | More);
        destination[at++] = (byte)value;
    }

    /// <summary>Reads trusted bytes at <paramref name="at"/> and moves it behind the number.</summary>
    public static long Read(ReadOnlySpan<byte> source, ref int at)
    {
        long first = source[at++];
        return first < More ? first : ReadRest(source, ref at, first & ~More);
    }

    /// <summary>Reads untrusted bytes; false when they end early, carry more than 63 bits or are not the shortest form.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, ref int at, out long value)
    {
        value = 0;
        for (var i = 0; i < MaxLength && at < source.Length; i++)
        {
            var next = source[at++];
            value |= (long)(next & ~More) << (i * BitsPerByte);
            if (next < More) return next != 0 || i == 0;
        }

        return false;
    }

    private static long ReadRest(ReadOnlySpan<byte> source, ref int at, long value)
    {
        for (var shift = BitsPerByte; ; shift += BitsPerByte)
        {
            long next = source[at++];
            value |= (next & ~More) << shift;
            if (next < More) return value;
        }
    }
}
