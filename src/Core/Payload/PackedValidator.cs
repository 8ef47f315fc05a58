using System.Buffers.Binary;
using System.Globalization;

namespace HybridSession.Payload;

/// <summary>
/// Checks untrusted bytes against every sentence of the format, so that the readers may trust them. Allocates nothing but the problem's text,
/// and goes through the bytes once.
/// </summary>
internal ref struct PackedValidator
{
    private const string Truncated = "The payload is truncated or a number in it is malformed";

    private readonly ReadOnlySpan<byte> _bytes;
    private int _at;
    private long _version;
    private long _floor;
    private long _keyCount;
    private long _otherCount;

    private PackedValidator(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <returns>What is wrong, without any content; null when nothing is.</returns>
    public static string? FindProblem(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return "The payload is empty.";
        if (bytes[0] != PackedFormat.Current)
        {
            return string.Create(CultureInfo.InvariantCulture,
                $"The payload has format {bytes[0]}; only format {PackedFormat.Current} can be read here. A newer version of HybridSession may have written it, or another program: it is left as it is.");
        }

        var validator = new PackedValidator(bytes) { _at = 1 };
        var problem = validator.CheckHeader() ?? validator.CheckEntries();
        return problem is null ? null : string.Create(CultureInfo.InvariantCulture, $"{problem} (at byte {validator._at} of {bytes.Length}).");
    }

    private string? CheckHeader()
    {
        if (!TryByte(out var headerLength) || !TryNumber(out _version) || !TryNode(out var node) || !TryNumber(out _floor) || !TryByte(out var others)) return Truncated;
        if (_version == 0 && node.Value != 0) return "Version 0 names a node";
        if (_floor > _version) return "The floor is above the version";
        if (others >= SeenVersions.Capacity) return "Too many nodes are listed";
        if (CheckSeen(new SeenVersion(node, _version), others) is { } problem) return problem;
        if (!TryNumber(out _keyCount) || !TryNumber(out _otherCount)) return Truncated;
        return _at == headerLength ? null : "The header has another length than it says";
    }

    private string? CheckSeen(SeenVersion tip, int others)
    {
        SeenVersions seen = default;
        seen.Append(tip);
        for (; others > 0; others--)
        {
            if (!TryNode(out var node) || !TryNumber(out var version)) return Truncated;
            var next = new SeenVersion(node, version);
            if (version == 0 || next.CompareTo(seen[seen.Count - 1]) >= 0) return "The list of nodes is not in order";
            if (seen.VersionOf(node) > 0) return "A node is listed twice";
            seen.Append(next);
        }

        return null;
    }

    private string? CheckEntries()
    {
        ReadOnlySpan<byte> previousKey = default;
        var previousSpace = -1;
        while (_at < _bytes.Length)
        {
            if (!TrySlice(PackedFormat.MaxKeyLength, out var key) || !TryNumber(out var version) || !TryByte(out var kind)) return Truncated;
            if ((kind & ~PackedFormat.AllKinds) != 0) return "An entry has an unknown kind";
            var isTombstone = (kind & PackedFormat.Tombstone) != 0;
            if (!isTombstone && !TrySlice(_bytes.Length, out _)) return Truncated;

            var space = kind & PackedFormat.User;
            if (version == 0 || version > _version) return "An entry has a version outside the session's";
            if (space != 0 && version <= _floor) return "An entry is not above the floor";
            if (space < previousSpace || (space == previousSpace && key.SequenceCompareTo(previousKey) <= 0)) return "The entries are not in order";
            previousSpace = space;
            previousKey = key;

            if (space != 0 && !isTombstone) _keyCount--;
            else _otherCount--;
        }

        return _keyCount == 0 && _otherCount == 0 ? null : "The number of entries is not what the header says";
    }

    private bool TryByte(out byte value)
    {
        var found = _at < _bytes.Length;
        value = found ? _bytes[_at++] : default;
        return found;
    }

    private bool TryNumber(out long value) => Varint.TryRead(_bytes, ref _at, out value);

    private bool TryNode(out NodeId node)
    {
        var found = BinaryPrimitives.TryReadUInt64BigEndian(_bytes[_at..], out var value);
        node = new NodeId(value);
        if (found) _at += NodeId.Length;
        return found;
    }

    private bool TrySlice(int maxLength, out ReadOnlySpan<byte> slice)
    {
        slice = default;
        if (!TryNumber(out var length) || length > maxLength || length > _bytes.Length - _at) return false;
        slice = _bytes.Slice(_at, (int)length);
        _at += (int)length;
        return true;
    }
}
