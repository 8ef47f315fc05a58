using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;

namespace HybridSession.Middleware;

/// <summary>The plain types: no JSON, no type info, and for <c>string</c> and <c>int</c> the bytes of the stock <c>SetString</c> and <c>SetInt32</c>.</summary>
internal static class PlainFormats
{
    private const int DecimalParts = 4;

    private static readonly Dictionary<Type, object> All = [];

    static PlainFormats()
    {
        All[typeof(string)] = new TextFormat();
        All[typeof(byte[])] = new BytesFormat();
        Add(new FixedFormat<int>(sizeof(int), BinaryPrimitives.WriteInt32BigEndian, static bytes => BinaryPrimitives.ReadInt32BigEndian(bytes)));
        Add(new FixedFormat<long>(sizeof(long), BinaryPrimitives.WriteInt64BigEndian, static bytes => BinaryPrimitives.ReadInt64BigEndian(bytes)));
        Add(new FixedFormat<bool>(sizeof(bool), static (bytes, value) => bytes[0] = value ? (byte)1 : (byte)0, static bytes => bytes[0] <= 1 ? bytes[0] == 1 : null));
        Add(new FixedFormat<double>(sizeof(double), BinaryPrimitives.WriteDoubleBigEndian, static bytes => BinaryPrimitives.ReadDoubleBigEndian(bytes)));
        Add(new FixedFormat<decimal>(sizeof(decimal), WriteDecimal, ReadDecimal));
        Add(new FixedFormat<Guid>(16, static (bytes, value) => value.TryWriteBytes(bytes, bigEndian: true, out _), static bytes => new Guid(bytes, bigEndian: true)));
        Add(new FixedFormat<DateTimeOffset>(sizeof(long) + sizeof(short), WriteMoment, ReadMoment));
    }

    public static object? Find(Type type) => All.GetValueOrDefault(type);

    private static void Add<T>(FixedFormat<T> format)
        where T : struct
    {
        All[typeof(T)] = format;
        All[typeof(T?)] = new NullableFormat<T>(format);
    }

    private static void WriteDecimal(Span<byte> bytes, decimal value)
    {
        Span<int> parts = stackalloc int[DecimalParts];
        decimal.GetBits(value, parts);
        for (var i = 0; i < DecimalParts; i++) BinaryPrimitives.WriteInt32BigEndian(bytes[(i * sizeof(int))..], parts[i]);
    }

    private static decimal? ReadDecimal(ReadOnlySpan<byte> bytes)
    {
        const int signAndScale = unchecked((int)0x80FF0000);
        Span<int> parts = stackalloc int[DecimalParts];
        for (var i = 0; i < DecimalParts; i++) parts[i] = BinaryPrimitives.ReadInt32BigEndian(bytes[(i * sizeof(int))..]);
        var flags = parts[^1];
        return (flags & ~signAndScale) == 0 && ((flags >> 16) & 0xFF) <= 28 ? new decimal(parts) : null;
    }

    // The moment, then the offset in minutes.
    private static void WriteMoment(Span<byte> bytes, DateTimeOffset value)
    {
        BinaryPrimitives.WriteInt64BigEndian(bytes, value.UtcTicks);
        BinaryPrimitives.WriteInt16BigEndian(bytes[sizeof(long)..], (short)value.TotalOffsetMinutes);
    }

    private static DateTimeOffset? ReadMoment(ReadOnlySpan<byte> bytes)
    {
        const int maxMinutes = 14 * 60;
        var ticks = BinaryPrimitives.ReadInt64BigEndian(bytes);
        var minutes = BinaryPrimitives.ReadInt16BigEndian(bytes[sizeof(long)..]);
        if (ticks < 0 || ticks > DateTime.MaxValue.Ticks || minutes is < -maxMinutes or > maxMinutes) return null;
        var local = ticks + (minutes * TimeSpan.TicksPerMinute);
        return local >= 0 && local <= DateTime.MaxValue.Ticks ? new DateTimeOffset(local, TimeSpan.FromMinutes(minutes)) : null;
    }

    private sealed class TextFormat : PlainFormat<string>
    {
        public override string Expected => "UTF-8 was expected";

        public override void Write(string value, IBufferWriter<byte> bytes) => Encoding.UTF8.GetBytes(value, bytes);

        public override bool TryRead(ReadOnlySpan<byte> bytes, [MaybeNullWhen(false)] out string value)
        {
            value = Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : null;
            return value is not null;
        }
    }

    private sealed class BytesFormat : PlainFormat<byte[]>
    {
        public override string Expected => "any bytes were expected";

        public override void Write(byte[] value, IBufferWriter<byte> bytes) => bytes.Write(value);

        public override bool TryRead(ReadOnlySpan<byte> bytes, out byte[] value)
        {
            value = bytes.ToArray();
            return true;
        }
    }
}
