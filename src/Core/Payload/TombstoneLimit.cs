namespace HybridSession.Payload;

/// <summary>
/// Keeps the <see cref="PackedFormat.MaxTombstones"/> newest tombstones. The others become part of the floor, which is what still kills
/// stale values of their keys; live entries that the floor would reach are lifted just above it.
/// </summary>
internal static class TombstoneLimit
{
    /// <returns>The given array when it is within the limit.</returns>
    public static byte[] Apply(byte[] bytes)
    {
        var header = PackedHeader.Read(bytes);
        var floor = FindFloor(bytes);
        if (floor == 0) return bytes;

        header.Floor = Math.Max(header.Floor, floor);
        var sizes = new EntryCollector(default);
        Collect(bytes, header.Floor, ref sizes);
        header.KeyCount = sizes.KeyCount;
        header.OtherCount = sizes.OtherCount;

        var headerLength = header.Length;
        var result = GC.AllocateUninitializedArray<byte>(checked(headerLength + sizes.Length));
        header.Write(result, headerLength);
        var entries = new EntryCollector(result.AsSpan(headerLength));
        Collect(bytes, header.Floor, ref entries);
        return result;
    }

    private static void Collect(ReadOnlySpan<byte> bytes, long floor, ref EntryCollector target)
    {
        var entries = new PackedEntries(bytes);
        while (entries.MoveNext())
        {
            if (!entries.IsUser || entries.Version > floor) target.Add(entries, entries.Version);
            else if (!entries.IsTombstone) target.Add(entries, floor + 1);
        }
    }

    // The version of the newest tombstone that has to go, 0 when none has.
    private static long FindFloor(ReadOnlySpan<byte> bytes)
    {
        Span<long> newest = stackalloc long[PackedFormat.MaxTombstones];
        newest.Clear();
        long floor = 0;
        var entries = new PackedEntries(bytes);
        while (entries.MoveNext())
        {
            if (!entries.IsUser || !entries.IsTombstone) continue;

            // Kept ascending: whatever does not find a place at or after the first one has to go.
            var version = entries.Version;
            if (version <= newest[0])
            {
                floor = Math.Max(floor, version);
                continue;
            }

            floor = Math.Max(floor, newest[0]);
            var at = 0;
            for (; at + 1 < newest.Length && newest[at + 1] < version; at++) newest[at] = newest[at + 1];
            newest[at] = version;
        }

        return floor;
    }
}
