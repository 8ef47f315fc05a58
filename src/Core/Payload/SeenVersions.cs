using System.Runtime.CompilerServices;

namespace HybridSession.Payload;

/// <summary>A node and its newest change that a session contains.</summary>
internal readonly record struct SeenVersion(NodeId Node, long Version) : IComparable<SeenVersion>
{
    public int CompareTo(SeenVersion other) => Version != other.Version ? Version.CompareTo(other.Version) : Node.CompareTo(other.Node);
}

/// <summary>
/// The newest change of each of the <see cref="Capacity"/> nodes that changed a session last, highest first. The highest is the session's tip:
/// every change is above all before it, and the highest of two tips is the highest of all.
/// </summary>
internal struct SeenVersions
{
    /// <summary>The nodes that are remembered; the ones with lower versions are forgotten.</summary>
    public const int Capacity = 4;

    private Slots _slots;

    /// <summary>The number of nodes.</summary>
    public int Count { get; private set; }

    /// <summary>The highest one; version 0 and no node when nothing ever changed.</summary>
    public readonly SeenVersion Tip => _slots[0];

    public readonly SeenVersion this[int index] => _slots[index];

    /// <summary>The newest known change of a node; 0 when it is not remembered.</summary>
    public readonly long VersionOf(NodeId node)
    {
        for (var i = 0; i < Count; i++)
            if (_slots[i].Node == node) return _slots[i].Version;
        return 0;
    }

    /// <summary>Keeps the higher version of the node, in order, and forgets the lowest node when there are too many.</summary>
    public void Add(SeenVersion seen)
    {
        var known = 0;
        while (known < Count && _slots[known].Node != seen.Node) known++;
        if (known < Count && _slots[known].Version >= seen.Version) return;
        if (known == Capacity)
        {
            known--;
            if (_slots[known].CompareTo(seen) > 0) return;
        }

        // The free place, at the end or where the node was, moves up to where the new version belongs.
        Count = Math.Max(Count, known + 1);
        for (; known > 0 && _slots[known - 1].CompareTo(seen) < 0; known--) _slots[known] = _slots[known - 1];
        _slots[known] = seen;
    }

    /// <summary>Adds at the end what is known to be the next lower one.</summary>
    public void Append(SeenVersion seen) => _slots[Count++] = seen;

    [InlineArray(Capacity)]
    private struct Slots
    {
        private SeenVersion _first;
    }
}
