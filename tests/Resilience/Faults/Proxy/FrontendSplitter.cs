using System.Buffers.Binary;

namespace HybridSession.Resilience.Faults.Proxy;

/// <summary>Divides what a client sends into the messages of the PostgreSQL protocol, however the network cut it. No I/O.</summary>
internal sealed class FrontendSplitter
{
    // Longer than any startup; what begins so is encrypted.
    private const int LongestStartup = 10_000;

    private byte[] _bytes = [];
    private bool _isStarted;

    /// <summary>The client speaks something else, such as TLS: all of it comes out as it went in, without a type.</summary>
    public bool IsOpaque { get; private set; }

    public void Add(ReadOnlySpan<byte> bytes) => _bytes = [.. _bytes, .. bytes];

    /// <summary>The next complete message.</summary>
    public bool TryRead(out FrontendMessage message)
    {
        message = default;
        var length = Length();
        if (length is not { } whole || whole > _bytes.Length || whole == 0) return false;
        message = new FrontendMessage(_isStarted && !IsOpaque ? (char)_bytes[0] : FrontendMessage.Untyped, _bytes.AsMemory(0, whole));
        _bytes = _bytes[whole..];
        _isStarted |= !IsOpaque && message.IsStartup;
        return true;
    }

    private int? Length()
    {
        if (IsOpaque) return _bytes.Length;
        if (_isStarted) return _bytes.Length < FrontendMessage.HeaderLength ? null : 1 + BinaryPrimitives.ReadInt32BigEndian(_bytes.AsSpan(1));
        if (_bytes.Length < 8) return null;
        var length = BinaryPrimitives.ReadInt32BigEndian(_bytes);
        IsOpaque = length is < 8 or > LongestStartup;
        return IsOpaque ? _bytes.Length : length;
    }
}
