using System.Buffers.Binary;
using HybridSession.Payload;

namespace HybridSession.Consistency;

/// <summary>
/// The newest change that a client has seen of its session. It travels with the token and is a hint: it can make its own client wait for a moment, nothing else.
/// As text: the version in base 36, a hyphen, the node.
/// </summary>
/// <param name="Version">The version of the change; 0 for no stamp.</param>
/// <param name="Node">The node that made it.</param>
internal readonly record struct SessionStamp(long Version, NodeId Node)
{
    /// <summary>The most characters of a stamp: <see cref="long.MaxValue"/> in base 36, the hyphen, the node.</summary>
    public const int MaxLength = MaxVersionLength + 1 + NodeId.Length;

    private const int MaxVersionLength = 13;
    private const int Base = 36;
    private const char NodeSeparator = '-';

    /// <summary>The client has none.</summary>
    public bool IsNone => Version == 0;

    /// <summary>What a client that gets this content now has seen.</summary>
    public static SessionStamp Of(PackedSession content) => new(content.Version, content.Node);

    /// <summary>True when the content is known to hold the change.</summary>
    public bool IsIn(PackedSession content)
    {
        // The common case without a walk through the header: nothing happened since.
        var version = content.Version;
        return version >= Version && ((version == Version && content.Node == Node) || content.Contains(Node, Version));
    }

    /// <summary>Reads a stamp; strict, does not allocate.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out SessionStamp stamp)
    {
        stamp = default;
        if (text.Length is < 2 + NodeId.Length or > MaxLength || text[^(NodeId.Length + 1)] != NodeSeparator) return false;
        long version = 0;
        foreach (var c in text[..^(NodeId.Length + 1)])
        {
            var digit = c switch
            {
                >= '0' and <= '9' => c - '0',
                >= 'a' and <= 'z' => c - 'a' + 10,
                _ => -1,
            };
            if (digit < 0 || version > (long.MaxValue - digit) / Base) return false;
            version = (version * Base) + digit;
        }

        if (version == 0 || !NodeId.TryParse(text[^NodeId.Length..], out var node)) return false;
        stamp = new SessionStamp(version, node);
        return true;
    }

    /// <summary>Writes the stamp; the result is the number of characters.</summary>
    public int Format(Span<char> destination)
    {
        Span<char> digits = stackalloc char[MaxVersionLength];
        var at = digits.Length;
        for (var rest = Version; rest > 0 || at == digits.Length; rest /= Base) digits[--at] = "0123456789abcdefghijklmnopqrstuvwxyz"[(int)(rest % Base)];
        var version = digits[at..];
        version.CopyTo(destination);
        destination[version.Length] = NodeSeparator;
        Span<byte> node = stackalloc byte[NodeId.Length];
        BinaryPrimitives.WriteUInt64BigEndian(node, Node.Value);
        for (var i = 0; i < node.Length; i++) destination[version.Length + 1 + i] = (char)node[i];
        return version.Length + 1 + NodeId.Length;
    }

    /// <summary>The stamp as text; for a token's text use <see cref="AppendTo"/>.</summary>
    public override string ToString()
    {
        Span<char> text = stackalloc char[MaxLength];
        return new string(text[..Format(text)]);
    }

    /// <summary>The text that a client gets: the token, a dot, the stamp.</summary>
    public string AppendTo(string tokenText)
    {
        Span<char> text = stackalloc char[tokenText.Length + 1 + MaxLength];
        tokenText.CopyTo(text);
        text[tokenText.Length] = '.';
        return new string(text[..(tokenText.Length + 1 + Format(text[(tokenText.Length + 1)..]))]);
    }
}
