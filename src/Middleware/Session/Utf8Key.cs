using System.Buffers;
using System.Text;

namespace HybridSession.Middleware;

/// <summary>A key as UTF-8, on the stack when it is short.</summary>
internal readonly ref struct Utf8Key
{
    /// <summary>The longest key that the stock session accepts, and so this one.</summary>
    public const int MaxLength = ushort.MaxValue;

    /// <summary>Enough for any key that people write.</summary>
    public const int StackLength = 256;

    private readonly byte[]? _rented;

    public Utf8Key(string key, Span<byte> scratch)
    {
        if (!Encoding.UTF8.TryGetBytes(key, scratch, out var length))
        {
            scratch = _rented = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetByteCount(key));
            length = Encoding.UTF8.GetBytes(key, scratch);
        }
        Bytes = scratch[..length];
    }

    public ReadOnlySpan<byte> Bytes { get; }

    public void Dispose()
    {
        if (_rented is not null) ArrayPool<byte>.Shared.Return(_rented);
    }
}
