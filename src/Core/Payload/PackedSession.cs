using System.Text;

namespace HybridSession.Payload;

/// <summary>
/// The content of one session as one immutable byte array, the same in memory and in the backing store. Thread-safe: a value;
/// every change makes a new array.
/// </summary>
/// <remarks>
/// <para>Format <see cref="PackedFormat.Current"/>. A varint is unsigned LEB128 in its shortest form, at most 63 bits.</para>
/// <code>
/// | Field         | Bytes          | Meaning                                                                              |
/// |---------------|----------------|--------------------------------------------------------------------------------------|
/// | format        | 1              | 1                                                                                    |
/// | header length | 1              | offset of the first entry                                                            |
/// | version       | varint         | the newest change contained here; 0 only when nothing ever changed                   |
/// | node          | 8, big endian  | who made it; version and node are the tip                                            |
/// | floor         | varint         | every user entry at or below it is dead; never above version                         |
/// | seen          | 1              | number of further nodes, 0 to 3                                                      |
/// |   node        | 8, big endian  | a node; all are different, and none is the tip's                                     |
/// |   version     | varint, from 1 | its newest change contained here; sorted by version, then node, highest first        |
/// | keys          | varint         | number of user entries with a value                                                  |
/// | others        | varint         | number of other entries                                                              |
/// | entries       |                | sorted by space, then by the bytes of the key; unique                                |
/// |   key length  | varint         | 0 to 65535                                                                           |
/// |   key         | key length     | UTF-8                                                                                |
/// |   version     | varint, from 1 | when the entry changed; at most version, above floor in the user space               |
/// |   kind        | 1              | bit 0: tombstone; bit 1: space, 0 attribute (of the session itself), 1 user          |
/// |   value length| varint         | not for a tombstone                                                                  |
/// |   value       | value length   | not for a tombstone                                                                  |
/// </code>
/// <para>
/// Merge is commutative, associative and idempotent: per key the higher of two entries wins (version, then tombstone above value, then bytes),
/// everything at or below the higher floor is dropped, each node's version is the higher one. See <c>docs/decisions/0003-merge-floor.md</c>.
/// </para>
/// </remarks>
/// <param name="bytes">Bytes made by this type or accepted by <see cref="TryRead"/>; they are trusted and must not change.</param>
internal readonly struct PackedSession(byte[] bytes)
{
    private static readonly byte[] EmptyBytes = PackedWriter.CreateEmpty();

    private readonly byte[]? _bytes = bytes;

    /// <summary>The stored form. Not to be changed.</summary>
    public byte[] Bytes => _bytes ?? EmptyBytes;

    /// <summary>No entry, version 0, no node. Also what <c>default</c> is.</summary>
    public static PackedSession Empty { get; } = new(EmptyBytes);

    /// <summary>The version of the newest change contained here.</summary>
    public long Version => PackedHeader.ReadVersion(Bytes);

    /// <summary>The node that made the newest change.</summary>
    public NodeId Node => PackedHeader.ReadNode(Bytes);

    /// <summary>The number of user keys that have a value.</summary>
    public int KeyCount => PackedHeader.Read(Bytes).KeyCount;

    /// <summary>Finds a value. Does not allocate: the value is a part of <see cref="Bytes"/>.</summary>
    public bool TryGet(scoped ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        var entries = new PackedEntries(Bytes);
        while (entries.MoveNext())
        {
            if (!entries.IsUser) continue;
            var order = entries.Key.SequenceCompareTo(key);
            if (order < 0) continue;
            value = entries.Value;
            return order == 0 && !entries.IsTombstone;
        }

        value = default;
        return false;
    }

    /// <summary>True when the session has attributes of its own; most have none.</summary>
    public bool HasAttributes
    {
        get
        {
            var entries = new PackedEntries(Bytes);
            return entries.MoveNext() && !entries.IsUser;
        }
    }

    /// <summary>Finds an attribute: what the session itself keeps beside the keys of the application. An empty one is none.</summary>
    public bool TryGetAttribute(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> bytes = Bytes;
        var place = PackedPlace.Find(bytes, key, isUser: false);
        value = place.IsLive ? place.ValueOf(bytes) : default;
        return value.Length > 0;
    }

    /// <summary>The user keys that have a value, in the order of their bytes.</summary>
    public string[] Keys()
    {
        var count = KeyCount;
        if (count == 0) return [];
        var keys = new string[count];
        var next = 0;
        var entries = new PackedEntries(Bytes);
        while (entries.MoveNext())
            if (entries.IsUser && !entries.IsTombstone) keys[next++] = Encoding.UTF8.GetString(entries.Key);
        return keys;
    }

    /// <summary>The version of a user key's entry, a removed one's too; 0 when there is none.</summary>
    public long VersionOf(ReadOnlySpan<byte> key)
    {
        var entries = new PackedEntries(Bytes);
        while (entries.MoveNext())
            if (entries.IsUser && entries.Key.SequenceEqual(key)) return entries.Version;
        return 0;
    }

    /// <summary>The version at which a user key changed last, as far as it is known: a key without an entry may have been removed up to the floor.</summary>
    public long ChangeVersionOf(ReadOnlySpan<byte> key) => VersionOf(key) is var version && version > 0 ? version : PackedHeader.Read(Bytes).Floor;

    /// <summary>The newest change of <paramref name="node"/> that is known to be contained here; 0 when the node is not remembered.</summary>
    public long VersionSeenOf(NodeId node) => PackedHeader.Read(Bytes).Seen.VersionOf(node);

    /// <summary>True when every change of <paramref name="node"/> up to <paramref name="version"/> is known to be contained here.</summary>
    /// <remarks>Only the four newest nodes are remembered: false may also mean forgotten.</remarks>
    public bool Contains(NodeId node, long version) => VersionSeenOf(node) >= version;

    /// <summary>True when this may hold a change of that version whose node is no longer remembered.</summary>
    public bool HasForgotten(long version)
    {
        var seen = PackedHeader.Read(Bytes).Seen;
        return seen.Count == SeenVersions.Capacity && seen[SeenVersions.Capacity - 1].Version > version;
    }

    /// <summary>Sets a value; the same array when the key has that value already.</summary>
    /// <param name="key">At most 65,535 bytes.</param>
    /// <param name="value">Copied.</param>
    /// <param name="version">Of this change: above <see cref="Version"/>.</param>
    /// <param name="node">Who changes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The key is too long, or <paramref name="version"/> is not above <see cref="Version"/>.</exception>
    public PackedSession Set(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long version, NodeId node) =>
        PackedWriter.Set(this, key, value, version, node);

    /// <summary>Sets an attribute; the same array when it has that value already. <see cref="Clear"/> leaves attributes alone.</summary>
    /// <param name="key">One of the few that there are: none is ever removed.</param>
    /// <param name="value">Copied; empty for none.</param>
    /// <param name="version">Of this change: above <see cref="Version"/>.</param>
    /// <param name="node">Who changes.</param>
    /// <inheritdoc cref="WithTip" path="/exception"/>
    public PackedSession SetAttribute(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long version, NodeId node) =>
        PackedWriter.SetAttribute(this, key, value, version, node);

    /// <summary>Removes a key and leaves a tombstone; the same array when the key has no value.</summary>
    /// <inheritdoc cref="Set" path="/exception"/>
    public PackedSession Remove(ReadOnlySpan<byte> key, long version, NodeId node) =>
        PackedWriter.Remove(this, key, version, node);

    /// <summary>Removes all user keys, here and on every side this is merged with, up to <paramref name="version"/>; the same array when no key has a value.</summary>
    /// <inheritdoc cref="WithTip" path="/exception"/>
    public PackedSession Clear(long version, NodeId node) => PackedWriter.Clear(this, version, node);

    /// <summary>The same entries under a new version: an empty change.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="version"/> is not above <see cref="Version"/>.</exception>
    public PackedSession WithTip(long version, NodeId node) => PackedWriter.WithTip(this, version, node);

    /// <summary>Unites two states of one session. A pure function; the array of a side when the result equals that side.</summary>
    public static PackedSession Merge(PackedSession left, PackedSession right) => PackedMerge.Merge(left, right);

    /// <summary>
    /// Brings in what <paramref name="heldBack"/> changed after <paramref name="baseVersion"/>, except where this state has changed since as well. The same array when that is nothing.
    /// </summary>
    /// <param name="heldBack">Another state of the session, older than this one whatever its versions say.</param>
    /// <param name="baseVersion">The stored version that it came from.</param>
    /// <param name="version">Of the result: above <see cref="Version"/>, <paramref name="baseVersion"/> and <paramref name="liftAbove"/>.</param>
    /// <param name="node">Who changes.</param>
    /// <param name="liftAbove">Entries that are brought in get a version above this one; otherwise the lowest that does.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="version"/> is not above the three.</exception>
    public PackedSession Replay(PackedSession heldBack, long baseVersion, long version, NodeId node, long liftAbove = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(version, Math.Max(Version, Math.Max(baseVersion, liftAbove)));
        return PackedReplay.Apply(this, heldBack, baseVersion, liftAbove, version, node);
    }

    /// <summary>Checks bytes from outside completely, and wraps them without a copy. Never throws.</summary>
    /// <param name="bytes">What the store holds.</param>
    /// <param name="session">The session, or an empty one when the result is false.</param>
    /// <param name="problem">Why the bytes are not readable, null when they are. Never shows content.</param>
    public static bool TryRead(byte[] bytes, out PackedSession session, out string? problem)
    {
        problem = PackedValidator.FindProblem(bytes);
        session = problem is null ? new PackedSession(bytes) : Empty;
        return problem is null;
    }
}
