using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;

namespace HybridSession.Consistency;

/// <summary>
/// The text of messages between nodes: the format's number, the letter of the kind, the sender's name, and the sessions as base64url of records of one length. Pure.
/// What does not have exactly this form is no message: anybody with access to the database may send anything.
/// </summary>
internal static class PeerCodec
{
    private const char Format = '1';
    private const int HeadLength = 2 + NodeId.Length;
    private const int PrefixBytes = 8;
    private const int IdBytes = 16;
    private const int RequestBytes = IdBytes + 8;

    /// <summary>The texts that carry all items; several when they are more than one has room for, one without items when there are none.</summary>
    public static IEnumerable<string> Encode(PeerNoticeKind kind, NodeId from, IReadOnlyList<PeerItem> items, int maxLength)
    {
        var size = SizeOf(kind);
        if (size == 0 || items.Count == 0)
        {
            yield return Head(kind, from);
            yield break;
        }

        var most = Math.Max(1, (maxLength - HeadLength) * 3 / 4 / size);
        for (var start = 0; start < items.Count; start += most)
        {
            var bytes = new byte[Math.Min(most, items.Count - start) * size];
            for (var i = 0; i * size < bytes.Length; i++) Write(items[start + i], bytes.AsSpan(i * size, size));
            yield return Head(kind, from) + Base64Url.EncodeToString(bytes);
        }
    }

    /// <summary>Reads a text. False for whatever is not a message of this format.</summary>
    public static bool TryDecode(string text, out PeerNotice notice)
    {
        notice = default;
        if (text.Length < HeadLength || text[0] != Format || !NodeId.TryParse(text.AsSpan(2, NodeId.Length), out var from)) return false;
        var kind = (PeerNoticeKind)text[1];
        if (!Enum.IsDefined(kind)) return false;

        var size = SizeOf(kind);
        var body = text.AsSpan(HeadLength);
        if (size == 0 || body.IsEmpty)
        {
            notice = new PeerNotice(kind, from, []);
            return size == 0 && body.IsEmpty;
        }

        var bytes = new byte[Base64Url.GetMaxDecodedLength(body.Length)];
        if (Base64Url.DecodeFromChars(body, bytes, out _, out var length) != OperationStatus.Done || length == 0 || length % size != 0) return false;
        var items = new PeerItem[length / size];
        for (var i = 0; i < items.Length; i++) items[i] = Read(bytes.AsSpan(i * size, size));
        notice = new PeerNotice(kind, from, items);
        return true;
    }

    private static int SizeOf(PeerNoticeKind kind) => kind switch
    {
        PeerNoticeKind.Changed => PrefixBytes,
        PeerNoticeKind.Removed or PeerNoticeKind.Replaced or PeerNoticeKind.Replacing
            or PeerNoticeKind.HeardReplacing or PeerNoticeKind.HeardEnd or PeerNoticeKind.Flushed => IdBytes,
        PeerNoticeKind.FlushRequest => RequestBytes,
        _ => 0,
    };

    private static string Head(PeerNoticeKind kind, NodeId from) => $"{Format}{(char)kind}{from}";

    private static void Write(in PeerItem item, Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes, item.Prefix);
        if (bytes.Length >= IdBytes) BinaryPrimitives.WriteUInt64BigEndian(bytes[PrefixBytes..], (ulong)item.Id);
        if (bytes.Length == RequestBytes) BinaryPrimitives.WriteInt64BigEndian(bytes[IdBytes..], item.Version);
    }

    private static PeerItem Read(ReadOnlySpan<byte> bytes)
    {
        var high = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        var low = bytes.Length >= IdBytes ? BinaryPrimitives.ReadUInt64BigEndian(bytes[PrefixBytes..]) : 0;
        return new PeerItem(new UInt128(high, low), bytes.Length == RequestBytes ? BinaryPrimitives.ReadInt64BigEndian(bytes[IdBytes..]) : 0);
    }
}
