using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace HybridSession.Middleware;

/// <summary>How a plain type is written; numbers in the order of the network, as the stock <c>SetInt32</c> does.</summary>
internal abstract class PlainFormat<T>
{
    /// <summary>The format of the type; null when it is not one of the plain ones.</summary>
    public static PlainFormat<T>? Instance { get; } = (PlainFormat<T>?)PlainFormats.Find(typeof(T));

    /// <summary>What the bytes should be, as the end of a sentence.</summary>
    public abstract string Expected { get; }

    public abstract void Write(T value, IBufferWriter<byte> bytes);

    public abstract bool TryRead(ReadOnlySpan<byte> bytes, [MaybeNullWhen(false)] out T value);
}

/// <summary>A plain type whose values all have the same length.</summary>
internal sealed class FixedFormat<T>(int length, FixedFormat<T>.Writer write, FixedFormat<T>.Reader read) : PlainFormat<T>
    where T : struct
{
    public delegate void Writer(Span<byte> bytes, T value);

    public delegate T? Reader(ReadOnlySpan<byte> bytes);

    public override string Expected => length == 1 ? "a 0 or 1 in one byte was expected" : $"{length} bytes of a valid value were expected";

    public override void Write(T value, IBufferWriter<byte> bytes)
    {
        write(bytes.GetSpan(length)[..length], value);
        bytes.Advance(length);
    }

    public override bool TryRead(ReadOnlySpan<byte> bytes, out T value)
    {
        var found = bytes.Length == length ? read(bytes) : null;
        value = found.GetValueOrDefault();
        return found.HasValue;
    }
}

/// <summary>The same for a type that may have no value. Written is only a value.</summary>
internal sealed class NullableFormat<T>(FixedFormat<T> format) : PlainFormat<T?>
    where T : struct
{
    public override string Expected => format.Expected;

    public override void Write(T? value, IBufferWriter<byte> bytes) => format.Write(value!.Value, bytes);

    public override bool TryRead(ReadOnlySpan<byte> bytes, [MaybeNullWhen(false)] out T? value)
    {
        var isRead = format.TryRead(bytes, out var found);
        value = isRead ? found : null;
        return isRead;
    }
}
