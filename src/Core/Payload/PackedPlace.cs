namespace HybridSession.Payload;

/// <summary>Where a key of one space stands in a payload, or where it would be inserted (then <see cref="Start"/> is <see cref="End"/>).</summary>
internal readonly struct PackedPlace
{
    private readonly int _valueLength;

    private PackedPlace(int start, int end) => (Start, End) = (start, end);

    private PackedPlace(in PackedEntries entry)
    {
        (Start, End) = (entry.Start, entry.End);
        (IsTombstone, IsLive) = (entry.IsTombstone, !entry.IsTombstone);
        _valueLength = entry.Value.Length;
    }

    public int Start { get; }

    public int End { get; }

    /// <summary>The key has a value.</summary>
    public bool IsLive { get; }

    /// <summary>The key was removed.</summary>
    public bool IsTombstone { get; }

    public ReadOnlySpan<byte> ValueOf(ReadOnlySpan<byte> bytes) => bytes[(End - _valueLength)..End];

    public static PackedPlace Find(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> key, bool isUser)
    {
        var entries = new PackedEntries(bytes);
        while (entries.MoveNext())
        {
            // Attributes come first.
            if (!entries.IsUser && isUser) continue;
            if (entries.IsUser && !isUser) return new PackedPlace(entries.Start, entries.Start);
            var order = entries.Key.SequenceCompareTo(key);
            if (order == 0) return new PackedPlace(entries);
            if (order > 0) return new PackedPlace(entries.Start, entries.Start);
        }

        return new PackedPlace(bytes.Length, bytes.Length);
    }
}
