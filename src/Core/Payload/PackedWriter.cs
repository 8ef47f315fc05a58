namespace HybridSession.Payload;

/// <summary>The local changes. Each computes the final size first and allocates exactly the new array.</summary>
internal static class PackedWriter
{
    public static byte[] CreateEmpty()
    {
        PackedHeader header = default;
        var bytes = new byte[header.Length];
        header.Write(bytes, bytes.Length);
        return bytes;
    }

    public static PackedSession Set(PackedSession session, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long version, NodeId node)
    {
        if (key.Length > PackedFormat.MaxKeyLength)
            throw new ArgumentOutOfRangeException(nameof(key), $"A session key has at most {PackedFormat.MaxKeyLength} bytes of UTF-8; this one has {key.Length}.");
        ReadOnlySpan<byte> bytes = session.Bytes;
        var header = Advance(bytes, version, node);
        var place = PackedPlace.Find(bytes, key, isUser: true);
        if (place.IsLive && place.ValueOf(bytes).SequenceEqual(value)) return session;

        if (!place.IsLive) header.KeyCount++;
        if (place.IsTombstone) header.OtherCount--;
        return new PackedSession(Splice(bytes, header, place.Start, place.End, new NewEntry(key, version, PackedFormat.User, value)));
    }

    public static PackedSession SetAttribute(PackedSession session, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long version, NodeId node)
    {
        ReadOnlySpan<byte> bytes = session.Bytes;
        var header = Advance(bytes, version, node);
        var place = PackedPlace.Find(bytes, key, isUser: false);
        if (place.IsLive ? place.ValueOf(bytes).SequenceEqual(value) : value.IsEmpty) return session;

        if (!place.IsLive) header.OtherCount++;
        return new PackedSession(Splice(bytes, header, place.Start, place.End, new NewEntry(key, version, kind: 0, value)));
    }

    public static PackedSession Remove(PackedSession session, ReadOnlySpan<byte> key, long version, NodeId node)
    {
        ReadOnlySpan<byte> bytes = session.Bytes;
        var header = Advance(bytes, version, node);
        var place = PackedPlace.Find(bytes, key, isUser: true);
        if (!place.IsLive) return session;

        header.KeyCount--;
        header.OtherCount++;
        var removed = Splice(bytes, header, place.Start, place.End, new NewEntry(key, version, PackedFormat.User | PackedFormat.Tombstone, default));
        return new PackedSession(header.OtherCount > PackedFormat.MaxTombstones ? TombstoneLimit.Apply(removed) : removed);
    }

    public static PackedSession Clear(PackedSession session, long version, NodeId node)
    {
        ReadOnlySpan<byte> bytes = session.Bytes;
        var header = Advance(bytes, version, node);
        if (header.KeyCount == 0) return session;

        header.Floor = version;
        header.KeyCount = 0;
        header.OtherCount = 0;
        var entries = new PackedEntries(bytes);
        var attributesEnd = entries.End;
        while (entries.MoveNext() && !entries.IsUser)
        {
            header.OtherCount++;
            attributesEnd = entries.End;
        }

        return new PackedSession(Splice(bytes, header, attributesEnd, bytes.Length, default));
    }

    public static PackedSession WithTip(PackedSession session, long version, NodeId node)
    {
        ReadOnlySpan<byte> bytes = session.Bytes;
        var header = Advance(bytes, version, node);
        return new PackedSession(Splice(bytes, header, bytes.Length, bytes.Length, default));
    }

    private static PackedHeader Advance(ReadOnlySpan<byte> bytes, long version, NodeId node)
    {
        var header = PackedHeader.Read(bytes);
        if (version <= header.Version)
            throw new ArgumentOutOfRangeException(nameof(version), $"The version of a change must be above the session's version {header.Version}; it is {version}.");
        header.Seen.Add(new SeenVersion(node, version));
        return header;
    }

    // The entries of `bytes` without [start, end), with `entry` in their place, under a new header.
    private static byte[] Splice(ReadOnlySpan<byte> bytes, in PackedHeader header, int start, int end, in NewEntry entry)
    {
        var before = bytes[bytes[PackedFormat.HeaderLengthOffset]..start];
        var after = bytes[end..];
        var headerLength = header.Length;
        var entryLength = entry.Length;
        var result = GC.AllocateUninitializedArray<byte>(checked(headerLength + before.Length + entryLength + after.Length));
        header.Write(result, headerLength);
        var rest = result.AsSpan(headerLength);
        before.CopyTo(rest);
        entry.Write(rest.Slice(before.Length, entryLength));
        after.CopyTo(rest[(before.Length + entryLength)..]);
        return result;
    }

    // An entry that is about to be written; `default` is none.
    private readonly ref struct NewEntry(ReadOnlySpan<byte> key, long version, byte kind, ReadOnlySpan<byte> value)
    {
        private readonly ReadOnlySpan<byte> _key = key;
        private readonly ReadOnlySpan<byte> _value = value;
        private readonly long _version = version;
        private readonly byte _kind = kind;

        private bool HasValue => (_kind & PackedFormat.Tombstone) == 0;

        public int Length
        {
            get
            {
                if (_version == 0) return 0;
                var length = Varint.Length(_key.Length) + _key.Length + Varint.Length(_version) + 1;
                return HasValue ? checked(length + Varint.Length(_value.Length) + _value.Length) : length;
            }
        }

        public void Write(Span<byte> destination)
        {
            if (_version == 0) return;
            var at = 0;
            Varint.Write(destination, ref at, _key.Length);
            _key.CopyTo(destination[at..]);
            at += _key.Length;
            Varint.Write(destination, ref at, _version);
            destination[at++] = _kind;
            if (!HasValue) return;
            Varint.Write(destination, ref at, _value.Length);
            _value.CopyTo(destination[at..]);
        }
    }
}
