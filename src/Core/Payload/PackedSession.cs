namespace HybridSession.Payload;

// Signatures only: replaced by the real implementation.
internal readonly struct PackedSession(byte[] bytes)
{
    public byte[] Bytes { get; } = bytes;
    public static PackedSession Empty { get; } = new([]);
    public long Version => throw new NotImplementedException();
    public NodeId Node => throw new NotImplementedException();
    public int KeyCount => throw new NotImplementedException();
    public bool TryGet(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value) => throw new NotImplementedException();
    public string[] Keys() => throw new NotImplementedException();
    public PackedSession Set(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long version, NodeId node) => throw new NotImplementedException();
    public PackedSession Remove(ReadOnlySpan<byte> key, long version, NodeId node) => throw new NotImplementedException();
    public PackedSession Clear(long version, NodeId node) => throw new NotImplementedException();
    public PackedSession WithTip(long version, NodeId node) => throw new NotImplementedException();
    public static PackedSession Merge(PackedSession left, PackedSession right) => throw new NotImplementedException();
    public static bool TryRead(byte[] bytes, out PackedSession session, out string? problem) => throw new NotImplementedException();
}
