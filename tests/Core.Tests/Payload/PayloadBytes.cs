using System.Buffers.Binary;
using System.Text;
using HybridSession.Payload;

namespace HybridSession.Core.Tests.Payload;

/// <summary>An entry as a test writes or reads it; a null value is a tombstone.</summary>
internal sealed record EntryText(string Key, long Version, string? Value, bool IsUser = true)
{
    public override string ToString() => $"{(IsUser ? "" : "@")}{Key}@{Version}={Value ?? "removed"}";
}

/// <summary>Writes the format by its table, with none of the code under test, and shows what a session contains.</summary>
internal static class PayloadBytes
{
    /// <param name="seen">The tip first.</param>
    public static byte[] Build(IReadOnlyList<(ulong Node, long Version)> seen, long floor, IEnumerable<EntryText> entries)
    {
        var sorted = entries.OrderBy(e => e.IsUser).ThenBy(e => e.Key, StringComparer.Ordinal).ToArray();
        var (tipNode, tipVersion) = seen.Count > 0 ? seen[0] : default;
        List<byte> header = [];
        AddNumber(header, tipVersion);
        AddNode(header, tipNode);
        AddNumber(header, floor);
        header.Add((byte)Math.Max(0, seen.Count - 1));
        foreach (var (node, version) in seen.Skip(1))
        {
            AddNode(header, node);
            AddNumber(header, version);
        }

        var keys = sorted.Count(e => e.IsUser && e.Value is not null);
        AddNumber(header, keys);
        AddNumber(header, sorted.Length - keys);
        List<byte> bytes = [1, (byte)(header.Count + 2), .. header];
        foreach (var entry in sorted)
        {
            AddText(bytes, entry.Key);
            AddNumber(bytes, entry.Version);
            bytes.Add((byte)((entry.IsUser ? 2 : 0) + (entry.Value is null ? 1 : 0)));
            if (entry.Value is not null) AddText(bytes, entry.Value);
        }

        return [.. bytes];
    }

    public static List<EntryText> Entries(PackedSession session)
    {
        List<EntryText> result = [];
        var entries = new PackedEntries(session.Bytes);
        while (entries.MoveNext())
            result.Add(new EntryText(Text(entries.Key), entries.Version, entries.IsTombstone ? null : Text(entries.Value), entries.IsUser));
        return result;
    }

    public static int Tombstones(PackedSession session) => Entries(session).Count(e => e.IsUser && e.Value is null);

    public static long Floor(PackedSession session) => PackedHeader.Read(session.Bytes).Floor;

    public static (ulong Node, long Version)[] Seen(PackedSession session)
    {
        var seen = PackedHeader.Read(session.Bytes).Seen;
        return [.. Enumerable.Range(0, seen.Count).Select(i => (seen[i].Node.Value, seen[i].Version))];
    }

    public static string? Get(this PackedSession session, string key) => session.TryGet(Utf8(key), out var value) ? Text(value) : null;

    public static PackedSession Set(this PackedSession session, string key, string value, long version, NodeId node) => session.Set(Utf8(key), Utf8(value), version, node);

    public static PackedSession Remove(this PackedSession session, string key, long version, NodeId node) => session.Remove(Utf8(key), version, node);

    public static string Show(PackedSession session) =>
        $"[{session.Version}-{session.Node.Value:x} floor {Floor(session)}: {string.Join(' ', Entries(session))}] {Convert.ToHexString(session.Bytes)}";

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static string Text(ReadOnlySpan<byte> utf8) => Encoding.UTF8.GetString(utf8);

    private static void AddNumber(List<byte> bytes, long value)
    {
        while (value > 127)
        {
            bytes.Add((byte)((value % 128) + 128));
            value /= 128;
        }

        bytes.Add((byte)value);
    }

    private static void AddNode(List<byte> bytes, ulong node)
    {
        var eight = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(eight, node);
        bytes.AddRange(eight);
    }

    private static void AddText(List<byte> bytes, string text)
    {
        var utf8 = Utf8(text);
        AddNumber(bytes, utf8.Length);
        bytes.AddRange(utf8);
    }
}
