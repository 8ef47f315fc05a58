namespace HybridSession.Payload;

/// <summary>Goes through the entries of trusted bytes, in their order. Nothing is copied.</summary>
internal ref struct PackedEntries
{
    private readonly ReadOnlySpan<byte> _bytes;
    private int _keyStart;
    private int _keyLength;
    private int _valueStart;
    private byte _kind;

    public PackedEntries(ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes;
        End = bytes[PackedFormat.HeaderLengthOffset];
    }

    /// <summary>Where the current entry begins.</summary>
    public int Start { get; private set; }

    /// <summary>Where the current entry ends and the next begins.</summary>
    public int End { get; private set; }

    /// <summary>When the entry changed.</summary>
    public long Version { get; private set; }

    public readonly ReadOnlySpan<byte> Key => _bytes.Slice(_keyStart, _keyLength);

    /// <summary>Empty for a tombstone.</summary>
    public readonly ReadOnlySpan<byte> Value => _bytes[_valueStart..End];

    public readonly bool IsTombstone => (_kind & PackedFormat.Tombstone) != 0;

    public readonly bool IsUser => (_kind & PackedFormat.User) != 0;

    /// <summary>Length, key.</summary>
    public readonly ReadOnlySpan<byte> KeyPart => _bytes[Start..(_keyStart + _keyLength)];

    /// <summary>Kind, length, value: what follows the version.</summary>
    public readonly ReadOnlySpan<byte> KindPart
    {
        get
        {
            var start = _keyStart + _keyLength + Varint.Length(Version);
            return _bytes[start..End];
        }
    }

    public bool MoveNext()
    {
        var at = End;
        if (at >= _bytes.Length) return false;
        Start = at;
        _keyLength = (int)Varint.Read(_bytes, ref at);
        _keyStart = at;
        at += _keyLength;
        Version = Varint.Read(_bytes, ref at);
        _kind = _bytes[at++];
        var valueLength = IsTombstone ? 0 : (int)Varint.Read(_bytes, ref at);
        _valueStart = at;
        End = at + valueLength;
        return true;
    }

    /// <summary>The order of two entries in a payload: by space, then by key.</summary>
    public static int ComparePlace(in PackedEntries left, in PackedEntries right) =>
        left.IsUser != right.IsUser ? left.IsUser.CompareTo(right.IsUser) : left.Key.SequenceCompareTo(right.Key);

    /// <summary>Which of two entries of one key wins a merge: a total order, so that the winner does not depend on who is asked first.</summary>
    public static int CompareRank(in PackedEntries left, in PackedEntries right)
    {
        if (left.Version != right.Version) return left.Version.CompareTo(right.Version);
        return left.IsTombstone != right.IsTombstone ? left.IsTombstone.CompareTo(right.IsTombstone) : left.Value.SequenceCompareTo(right.Value);
    }
}
