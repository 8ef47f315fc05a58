namespace HybridSession.Consistency;

/// <summary>
/// Remembers which sessions other nodes have changed, so that a copy in memory is read again at its next use. A table of fixed size: what it has no room for makes a
/// few more copies be read than need be, never one less. Marking and asking take no lock on the request path; thread-safe.
/// </summary>
/// <remarks>
/// Moments are numbers that rise with every mark and every read. A copy that was read at a moment is stale when its session was marked at a later one. Each place of the
/// table knows the last session that was marked there, and of all others the latest moment (<c>_others</c>).
/// </remarks>
internal sealed class StaleMarks
{
    // 3 MiB. With 100,000 sessions changed on other nodes, a bystander shares its place with two of them in one case of six.
    private const int DefaultPlaces = 1 << 17;

    private readonly Lock _lock = new();
    private readonly ulong[] _sessions;
    private readonly long[] _markedAt;
    private readonly long[] _others;
    private long _now;
    private long _allMarkedAt;

    public StaleMarks(int places = DefaultPlaces)
    {
        _sessions = new ulong[places];
        _markedAt = new long[places];
        _others = new long[places];
    }

    /// <summary>The present moment.</summary>
    public long Now => Volatile.Read(ref _now);

    /// <summary>A moment of its own, later than all before: when a read begins.</summary>
    public long Next() => Interlocked.Increment(ref _now);

    /// <summary>Marks a session.</summary>
    /// <param name="prefix">The first 8 bytes of its key.</param>
    public void Mark(ulong prefix)
    {
        var place = PlaceOf(prefix);
        lock (_lock)
        {
            if (_sessions[place] != prefix)
            {
                // In this order: who reads meanwhile finds the session that leaves in one of the two.
                Volatile.Write(ref _others[place], Math.Max(_others[place], _markedAt[place]));
                Volatile.Write(ref _markedAt[place], Next());
                Volatile.Write(ref _sessions[place], prefix);
                return;
            }

            Volatile.Write(ref _markedAt[place], Next());
        }
    }

    /// <summary>Marks every session: messages may have been missed.</summary>
    public void MarkAll()
    {
        lock (_lock) Volatile.Write(ref _allMarkedAt, Next());
    }

    /// <summary>True when the session was marked after its copy was read: another node has changed or removed it.</summary>
    /// <param name="prefix">The first 8 bytes of its key.</param>
    /// <param name="readAt">When the read of the copy began.</param>
    public bool IsMarked(ulong prefix, long readAt)
    {
        var place = PlaceOf(prefix);
        if (Volatile.Read(ref _sessions[place]) == prefix && Volatile.Read(ref _markedAt[place]) > readAt) return true;
        return Volatile.Read(ref _others[place]) > readAt;
    }

    /// <summary>True when messages may have been missed since the copy was read.</summary>
    public bool MayBeMissing(long readAt) => Volatile.Read(ref _allMarkedAt) > readAt;

    // Keys are hashes: any of their bits will do.
    private int PlaceOf(ulong prefix) => (int)(prefix % (ulong)_sessions.Length);
}
