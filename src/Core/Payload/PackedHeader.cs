using System.Buffers.Binary;

namespace HybridSession.Payload;

/// <summary>All that stands before the entries. Reads trusted bytes only.</summary>
internal struct PackedHeader
{
    /// <summary>The tip and the other nodes.</summary>
    public SeenVersions Seen;

    /// <summary>Every user entry at or below it is dead.</summary>
    public long Floor;

    /// <summary>User entries with a value.</summary>
    public int KeyCount;

    /// <summary>Tombstones, and the entries of the session itself.</summary>
    public int OtherCount;

    /// <summary>The version of the newest change.</summary>
    public readonly long Version => Seen.Tip.Version;

    /// <summary>The number of bytes that <see cref="Write"/> takes.</summary>
    public readonly int Length
    {
        get
        {
            var length = PackedFormat.VersionOffset + Varint.Length(Version) + NodeId.Length + Varint.Length(Floor) + 1;
            for (var i = 1; i < Seen.Count; i++) length += NodeId.Length + Varint.Length(Seen[i].Version);
            return length + Varint.Length(KeyCount) + Varint.Length(OtherCount);
        }
    }

    /// <summary>The version alone.</summary>
    public static long ReadVersion(ReadOnlySpan<byte> bytes)
    {
        var at = PackedFormat.VersionOffset;
        return Varint.Read(bytes, ref at);
    }

    /// <summary>The node of the tip alone.</summary>
    public static NodeId ReadNode(ReadOnlySpan<byte> bytes)
    {
        var at = PackedFormat.VersionOffset;
        Varint.Read(bytes, ref at);
        return ReadNode(bytes, ref at);
    }

    public static PackedHeader Read(ReadOnlySpan<byte> bytes)
    {
        PackedHeader header = default;
        var at = PackedFormat.VersionOffset;
        var version = Varint.Read(bytes, ref at);
        var node = ReadNode(bytes, ref at);
        if (version > 0) header.Seen.Append(new SeenVersion(node, version));
        header.Floor = Varint.Read(bytes, ref at);
        for (int others = bytes[at++]; others > 0; others--)
        {
            node = ReadNode(bytes, ref at);
            header.Seen.Append(new SeenVersion(node, Varint.Read(bytes, ref at)));
        }

        header.KeyCount = (int)Varint.Read(bytes, ref at);
        header.OtherCount = (int)Varint.Read(bytes, ref at);
        return header;
    }

    public readonly void Write(Span<byte> destination, int length)
    {
        destination[0] = PackedFormat.Current;
        destination[PackedFormat.HeaderLengthOffset] = (byte)length;
        var at = PackedFormat.VersionOffset;
        Varint.Write(destination, ref at, Version);
        WriteNode(destination, ref at, Seen.Tip.Node);
        Varint.Write(destination, ref at, Floor);
        destination[at++] = (byte)Math.Max(0, Seen.Count - 1);
        for (var i = 1; i < Seen.Count; i++)
        {
            WriteNode(destination, ref at, Seen[i].Node);
            Varint.Write(destination, ref at, Seen[i].Version);
        }

        Varint.Write(destination, ref at, KeyCount);
        Varint.Write(destination, ref at, OtherCount);
    }

    private static NodeId ReadNode(ReadOnlySpan<byte> bytes, ref int at)
    {
        var node = new NodeId(BinaryPrimitives.ReadUInt64BigEndian(bytes[at..]));
        at += NodeId.Length;
        return node;
    }

    private static void WriteNode(Span<byte> destination, ref int at, NodeId node)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination[at..], node.Value);
        at += NodeId.Length;
    }
}
