namespace HybridSession.Payload;

/// <summary>
/// Brings changes that were held back into a later state of the session. Not a merge: versions cannot say that a change held back for hours is the older one, so
/// here whatever the later state has changed since wins. Pure.
/// </summary>
/// <remarks>
/// An entry that is brought in gets the lowest version that stands above the one it replaces, so that a change made elsewhere in the meantime wins over it.
/// See <c>docs/decisions/0009-replay.md</c>.
/// </remarks>
internal static class PackedReplay
{
    public static PackedSession Apply(PackedSession current, PackedSession heldBack, long baseVersion, long liftAbove, long version, NodeId node)
    {
        ReadOnlySpan<byte> currentBytes = current.Bytes;
        ReadOnlySpan<byte> otherBytes = heldBack.Bytes;
        var header = PackedHeader.Read(currentBytes);
        var wasCleared = header.Floor > baseVersion;
        // A Clear that was held back is one of what there was at that time.
        var floor = Math.Max(header.Floor, Math.Min(PackedHeader.Read(otherBytes).Floor, baseVersion));

        var sizes = new EntryCollector(default);
        var isChanged = Collect(currentBytes, otherBytes, baseVersion, liftAbove, floor, wasCleared, ref sizes) || floor != header.Floor;
        if (!isChanged) return current;

        header.Floor = floor;
        header.KeyCount = sizes.KeyCount;
        header.OtherCount = sizes.OtherCount;
        header.Seen.Add(new SeenVersion(node, version));
        var headerLength = header.Length;
        var result = GC.AllocateUninitializedArray<byte>(checked(headerLength + sizes.Length));
        header.Write(result, headerLength);
        if (sizes.Length > 0)
        {
            var entries = new EntryCollector(result.AsSpan(headerLength));
            Collect(currentBytes, otherBytes, baseVersion, liftAbove, floor, wasCleared, ref entries);
        }

        return new PackedSession(result);
    }

    // True when anything of the other side was taken.
    private static bool Collect(ReadOnlySpan<byte> currentBytes, ReadOnlySpan<byte> otherBytes, long baseVersion, long liftAbove, long floor, bool wasCleared, ref EntryCollector target)
    {
        var isChanged = false;
        var least = Math.Max(liftAbove, floor);
        var current = new PackedEntries(currentBytes);
        var other = new PackedEntries(otherBytes);
        var hasCurrent = current.MoveNext();
        var hasOther = other.MoveNext();
        while (hasCurrent || hasOther)
        {
            var place = !hasOther ? -1 : !hasCurrent ? 1 : PackedEntries.ComparePlace(current, other);
            if (place < 0 || (place == 0 && !Replaces(other, current, baseVersion, floor)))
            {
                if (current.Version > floor || !current.IsUser) target.Add(current, current.Version);
            }
            else if (place == 0)
            {
                target.Add(other, other.Version > baseVersion ? Math.Max(current.Version, least) + 1 : other.Version);
                isChanged = true;
            }
            else if (Adds(other, baseVersion, floor, wasCleared))
            {
                target.Add(other, other.Version > baseVersion ? least + 1 : other.Version);
                isChanged = true;
            }

            if (place <= 0) hasCurrent = current.MoveNext();
            if (place >= 0) hasOther = other.MoveNext();
        }

        return isChanged;
    }

    private static bool Replaces(in PackedEntries other, in PackedEntries current, long baseVersion, long floor)
    {
        if (current.Version > baseVersion) return false;
        // The same value is no change, unless it was cleared and set again in between.
        if (other.KindPart.SequenceEqual(current.KindPart) && (current.Version > floor || !current.IsUser)) return false;
        return other.Version > baseVersion || PackedEntries.CompareRank(other, current) > 0;
    }

    // What the later state does not have: it was cleared there, or never came there. A tombstone of it says nothing new.
    private static bool Adds(in PackedEntries other, long baseVersion, long floor, bool wasCleared)
    {
        if (other.IsTombstone) return false;
        if (!other.IsUser) return true;
        return other.Version > baseVersion ? !wasCleared : other.Version > floor;
    }
}
