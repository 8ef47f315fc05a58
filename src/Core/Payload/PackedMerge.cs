namespace HybridSession.Payload;

/// <summary>
/// The union of two states. Pure: it depends on the two contents only, not on their order, and does not compact, so that any order of merges
/// among any number of nodes ends in the same bytes.
/// </summary>
internal static class PackedMerge
{
    public static PackedSession Merge(PackedSession left, PackedSession right)
    {
        ReadOnlySpan<byte> leftBytes = left.Bytes;
        ReadOnlySpan<byte> rightBytes = right.Bytes;
        if (leftBytes.SequenceEqual(rightBytes)) return left;

        var header = PackedHeader.Read(leftBytes);
        var other = PackedHeader.Read(rightBytes);
        header.Floor = Math.Max(header.Floor, other.Floor);
        for (var i = 0; i < other.Seen.Count; i++) header.Seen.Add(other.Seen[i]);

        var sizes = new EntryCollector(default);
        Collect(leftBytes, rightBytes, header.Floor, ref sizes);
        header.KeyCount = sizes.KeyCount;
        header.OtherCount = sizes.OtherCount;

        var headerLength = header.Length;
        var result = GC.AllocateUninitializedArray<byte>(checked(headerLength + sizes.Length));
        header.Write(result, headerLength);
        if (sizes.Length > 0)
        {
            var entries = new EntryCollector(result.AsSpan(headerLength));
            Collect(leftBytes, rightBytes, header.Floor, ref entries);
        }

        if (leftBytes.SequenceEqual(result)) return left;
        return rightBytes.SequenceEqual(result) ? right : new PackedSession(result);
    }

    private static void Collect(ReadOnlySpan<byte> leftBytes, ReadOnlySpan<byte> rightBytes, long floor, ref EntryCollector target)
    {
        var left = new PackedEntries(leftBytes);
        var right = new PackedEntries(rightBytes);
        var hasLeft = left.MoveNext();
        var hasRight = right.MoveNext();
        while (hasLeft || hasRight)
        {
            var place = !hasRight ? -1 : !hasLeft ? 1 : PackedEntries.ComparePlace(left, right);
            var takesLeft = place < 0 || (place == 0 && PackedEntries.CompareRank(left, right) >= 0);
            if (takesLeft) AddAbove(floor, left, ref target);
            else AddAbove(floor, right, ref target);
            if (place <= 0) hasLeft = left.MoveNext();
            if (place >= 0) hasRight = right.MoveNext();
        }
    }

    // The floor is for user entries: those of the session itself survive Clear.
    private static void AddAbove(long floor, in PackedEntries entry, ref EntryCollector target)
    {
        if (entry.Version > floor || !entry.IsUser) target.Add(entry, entry.Version);
    }
}
