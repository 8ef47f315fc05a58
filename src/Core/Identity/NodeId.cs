using System.Security.Cryptography;
using System.Text;

namespace HybridSession;

/// <summary>
/// The name of one running process: 8 characters of base32 (40 random bits), drawn anew at each start. It says nothing about the host.
/// </summary>
internal readonly record struct NodeId(ulong Value) : IComparable<NodeId>
{
    /// <summary>The number of characters, and of bytes in the payload.</summary>
    public const int Length = 8;

    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";

    /// <summary>Draws a new node name.</summary>
    public static NodeId Create() => FromText(RandomNumberGenerator.GetString(Alphabet, Length));

    /// <summary>Eight ASCII characters as one number, first character in the highest byte.</summary>
    /// <exception cref="ArgumentException">The text is not 8 characters of the alphabet a-z, 2-7.</exception>
    public static NodeId FromText(string text) => TryParse(text, out var node) ? node : throw new ArgumentException("A node name is 8 characters of a-z and 2-7.", nameof(text));

    /// <summary>The same, without an exception.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out NodeId node)
    {
        node = default;
        if (text.Length != Length) return false;
        ulong value = 0;
        foreach (var c in text)
        {
            if (c is not ((>= 'a' and <= 'z') or (>= '2' and <= '7'))) return false;
            value = (value << 8) | c;
        }

        node = new NodeId(value);
        return true;
    }

    public int CompareTo(NodeId other) => Value.CompareTo(other.Value);

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Length];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(bytes, Value);
        return Encoding.ASCII.GetString(bytes);
    }
}
