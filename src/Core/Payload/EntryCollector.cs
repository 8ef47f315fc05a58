namespace HybridSession.Payload;

/// <summary>
/// Takes over entries of other payloads one by one. Made without a destination it only measures, so that the same walk
/// first sizes the array and then fills it.
/// </summary>
internal ref struct EntryCollector(Span<byte> destination)
{
    private readonly Span<byte> _destination = destination;
    private readonly bool _measures = destination.IsEmpty;

    public int Length { get; private set; }

    public int KeyCount { get; private set; }

    public int OtherCount { get; private set; }

    /// <summary>Takes an entry over, under its own or a new version.</summary>
    public void Add(in PackedEntries entry, long version)
    {
        var keyPart = entry.KeyPart;
        var kindPart = entry.KindPart;
        if (_measures)
        {
            Length = checked(Length + keyPart.Length + Varint.Length(version) + kindPart.Length);
        }
        else
        {
            var at = Length;
            keyPart.CopyTo(_destination[at..]);
            at += keyPart.Length;
            Varint.Write(_destination, ref at, version);
            kindPart.CopyTo(_destination[at..]);
            Length = at + kindPart.Length;
        }

        if (entry.IsUser && !entry.IsTombstone) KeyCount++;
        else OtherCount++;
    }
}
