using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace HybridSession;

/// <summary>
/// The name of a session outside the client: SHA-256 of its <see cref="SessionToken"/>. It opens nothing, so it may be stored.
/// Ordered by its bytes, which is also the order of its hexadecimal text. Thread-safe: a value.
/// </summary>
public readonly struct SessionKey : IEquatable<SessionKey>, IComparable<SessionKey>
{
    /// <summary>The number of bytes of a key: 32.</summary>
    public const int ByteLength = 32;

    /// <summary>The number of hexadecimal digits of <see cref="ToHex"/>: 64.</summary>
    public const int HexLength = 64;

    private const int PublicIdLength = 32;
    private const int LogLength = 8;

    private static readonly System.Buffers.SearchValues<char> HexDigits = System.Buffers.SearchValues.Create("0123456789abcdefABCDEF");

    // Big-endian words: comparing them in order compares the bytes.
    private readonly ulong _a;
    private readonly ulong _b;
    private readonly ulong _c;
    private readonly ulong _d;

    /// <summary>Wraps 32 bytes.</summary>
    /// <exception cref="ArgumentException"><paramref name="bytes"/> is not 32 bytes long.</exception>
    public SessionKey(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != ByteLength) throw new ArgumentException($"A session key has {ByteLength} bytes, not {bytes.Length}.", nameof(bytes));
        _a = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _b = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        _c = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]);
        _d = BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]);
    }

    /// <summary>The key of a token. Costs one SHA-256.</summary>
    public static SessionKey FromToken(SessionToken token) => token.ToKey();

    /// <summary>Reads 64 hexadecimal digits, in either case.</summary>
    public static bool TryParseHex(ReadOnlySpan<char> hex, out SessionKey key)
    {
        key = default;
        Span<byte> bytes = stackalloc byte[ByteLength];
        if (hex.Length != HexLength || Convert.FromHexString(hex, bytes, out _, out _) != System.Buffers.OperationStatus.Done) return false;
        key = new SessionKey(bytes);
        return true;
    }

    /// <summary>Writes the 32 bytes.</summary>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short.</exception>
    public void CopyTo(Span<byte> destination)
    {
        if (destination.Length < ByteLength) throw new ArgumentException($"A session key needs {ByteLength} bytes.", nameof(destination));
        BinaryPrimitives.WriteUInt64BigEndian(destination, _a);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _b);
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], _c);
        BinaryPrimitives.WriteUInt64BigEndian(destination[24..], _d);
    }

    /// <summary>64 lower-case hexadecimal digits, as in the backing store.</summary>
    public string ToHex()
    {
        Span<byte> bytes = stackalloc byte[ByteLength];
        CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    /// <summary>The first 32 hexadecimal digits: <c>ISession.Id</c>. Safe to log, and a prefix of the stored key.</summary>
    public string ToPublicId()
    {
        Span<byte> bytes = stackalloc byte[ByteLength];
        CopyTo(bytes);
        return Convert.ToHexStringLower(bytes[..(PublicIdLength / 2)]);
    }

    /// <summary>True for a text that has the form of <see cref="ToPublicId"/>, in either case.</summary>
    internal static bool IsPublicId(ReadOnlySpan<char> text) => text.Length == PublicIdLength && !text.ContainsAnyExcept(HexDigits);

    /// <summary>The lowest and the highest key with a public id. False when the text is none.</summary>
    internal static bool TryPublicIdRange(string publicId, out SessionKey lowest, out SessionKey highest)
    {
        highest = default;
        return TryParseHex(publicId + new string('0', HexLength - PublicIdLength), out lowest) && TryParseHex(publicId + new string('f', HexLength - PublicIdLength), out highest);
    }

    /// <summary>The first 8 bytes.</summary>
    internal ulong Prefix => _a;

    /// <summary>The first 16 bytes, which nodes name a session by among themselves: <see cref="ToPublicId"/> as a number.</summary>
    internal UInt128 PublicId => new(_a, _b);

    /// <summary>The shard among <paramref name="count"/> to which this key belongs; keys are uniform, so shards are even.</summary>
    internal int ShardOf(int count) => (int)(_d % (uint)count);

    /// <inheritdoc />
    public int CompareTo(SessionKey other)
    {
        if (_a != other._a) return _a.CompareTo(other._a);
        if (_b != other._b) return _b.CompareTo(other._b);
        if (_c != other._c) return _c.CompareTo(other._c);
        return _d.CompareTo(other._d);
    }

    /// <inheritdoc />
    public bool Equals(SessionKey other) => _a == other._a && _b == other._b && _c == other._c && _d == other._d;

    /// <inheritdoc />
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is SessionKey other && Equals(other);

    /// <inheritdoc />
    public override int GetHashCode() => _a.GetHashCode();

    /// <summary>The first 8 hexadecimal digits: enough to match log lines, too few to find a row.</summary>
    public override string ToString() => _a.ToString("x16", System.Globalization.CultureInfo.InvariantCulture)[..LogLength];

    /// <summary>Equality of all 32 bytes.</summary>
    public static bool operator ==(SessionKey left, SessionKey right) => left.Equals(right);

    /// <summary>Inequality.</summary>
    public static bool operator !=(SessionKey left, SessionKey right) => !left.Equals(right);

    /// <summary>Order by bytes.</summary>
    public static bool operator <(SessionKey left, SessionKey right) => left.CompareTo(right) < 0;

    /// <summary>Order by bytes.</summary>
    public static bool operator >(SessionKey left, SessionKey right) => left.CompareTo(right) > 0;

    /// <summary>Order by bytes.</summary>
    public static bool operator <=(SessionKey left, SessionKey right) => left.CompareTo(right) <= 0;

    /// <summary>Order by bytes.</summary>
    public static bool operator >=(SessionKey left, SessionKey right) => left.CompareTo(right) >= 0;
}
