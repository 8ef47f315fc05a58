using HybridSession.Hot;

namespace HybridSession.WriteBehind;

/// <summary>
/// The sessions of this node whose data the store refused, whole and pinned: whatever leaves the hot set, they are found here. Also knows which of them
/// still need a dead letter in the store, and which letters are to be released. Bounded by bytes; thread-safe, and never holds another lock.
/// </summary>
internal sealed class MemoryQuarantine(long maxBytes)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<SessionKey, LinkedListNode<RefusedSession>> _byKey = [];
    private readonly LinkedList<RefusedSession> _byAge = [];
    private readonly Dictionary<SessionKey, DeadLetterVersion> _releases = [];
    private int _count;
    private long _bytes;

    /// <summary>Wakes the <see cref="Quarantine.DeadLetterWriter"/>: there is a letter to write or to release.</summary>
    public Signal Wake { get; } = new();

    public int Count => Volatile.Read(ref _count);

    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Sessions whose last refused content is nowhere but in this memory.</summary>
    public int CountWithoutLetter
    {
        get
        {
            lock (_lock) return _byAge.Count(refused => !refused.IsLetterStored);
        }
    }

    public bool TryGet(SessionKey key, out LiveSession? session)
    {
        session = null;
        if (Count == 0) return false;
        lock (_lock) session = _byKey.GetValueOrDefault(key)?.Value.Session;
        return session is not null;
    }

    public LiveSession? Find(string publicId)
    {
        lock (_lock) return _byAge.FirstOrDefault(refused => refused.Session.Key.ToPublicId() == publicId)?.Session;
    }

    public LiveSession[] Sessions()
    {
        lock (_lock) return [.. _byAge.Select(refused => refused.Session)];
    }

    /// <summary>Takes in what the store refused, and lets others go when there is no room: first the oldest whose letter is stored, else the oldest.</summary>
    public Refusal Add(FlushItem item, string reason, long nowMs)
    {
        Refusal refusal;
        lock (_lock)
        {
            var isNew = !_byKey.TryGetValue(item.Session.Key, out var node);
            if (node is null) _byKey[item.Session.Key] = node = _byAge.AddLast(new RefusedSession(item.Session, nowMs));
            var refused = node.Value;
            (refused.Write, refused.ExpiresAtMs, refused.Reason, refused.IsLetterStored, refused.IsLetterTaken) = (item.Write, item.ExpiresAtMs, reason, false, false);
            Grow(item.Session.SizeBytes - refused.Bytes);
            refused.Bytes = item.Session.SizeBytes;
            // The new letter takes the old one's place.
            _releases.Remove(item.Session.Key);
            refusal = MakeRoomLocked(node, isNew);
            Volatile.Write(ref _count, _byKey.Count);
        }

        Wake.Set();
        return refusal;
    }

    /// <summary>The session is stored after all, or over: it is no longer pinned, and its letter is to be released.</summary>
    public void End(LiveSession session)
    {
        lock (_lock)
        {
            if (!TryRemoveLocked(session, out var refused)) return;
            if (refused.OwnLetter is { } letter) _releases[session.Key] = letter;
        }

        Wake.Set();
    }

    /// <summary>No longer pins a session whose letter is stored; the letter stays. False when there is none.</summary>
    public bool TryLeaveToLetter(LiveSession session)
    {
        lock (_lock) return _byKey.TryGetValue(session.Key, out var node) && node.Value.IsLetterStored && TryRemoveLocked(session, out _);
    }

    /// <summary>The store has moved the session's row, content and letter to another key: the letter is to be released there too.</summary>
    public void Moved(LiveSession session, SessionKey newKey)
    {
        lock (_lock)
            if (_byKey.TryGetValue(session.Key, out var node) && node.Value.OwnLetter is { } letter) _releases[newKey] = letter with { Key = newKey };
    }

    /// <summary>Letters to write, oldest first, each once a pass. From here on the store may hold them.</summary>
    public List<PendingLetter> TakeLetters(int pass, int maxCount, long maxBytes, long nowMs)
    {
        var letters = new List<PendingLetter>();
        long bytes = 0;
        lock (_lock)
        {
            foreach (var refused in _byAge)
            {
                if (letters.Count == maxCount || bytes >= maxBytes) break;
                if (refused.IsLetterStored || refused.IsLetterTaken || refused.Pass == pass) continue;
                refused.Pass = pass;
                bytes += refused.Write.Payload.Length;
                var letter = new PendingLetter(refused.ToLetter(nowMs), refused.KnownLetter, refused.SharedLetter);
                refused.OwnLetter = letter.Shared is null ? letter.Letter.ToVersion() : null;
                letters.Add(letter);
            }
        }

        return letters;
    }

    /// <summary>The store holds a letter with what was refused.</summary>
    /// <param name="letter">The letter.</param>
    /// <param name="refusedVersion">The version that was refused.</param>
    /// <param name="isShared">It holds content of another node or of an earlier run too, and is not this node's to release.</param>
    public void LetterStored(DeadLetter letter, long refusedVersion, bool isShared)
    {
        lock (_lock)
        {
            if (!_byKey.TryGetValue(letter.Key, out var node)) return;
            var refused = node.Value;
            refused.KnownLetter = letter.ToVersion();
            refused.OwnLetter = isShared ? null : refused.KnownLetter;
            refused.SharedLetter = isShared ? letter : null;
            if (refused.Write.Version == refusedVersion) refused.IsLetterStored = true;
        }
    }

    /// <summary>Somebody has released the letter that this node had put, and perhaps changed the row: what was refused since came from the row before.</summary>
    public void LetterTaken(SessionKey key)
    {
        lock (_lock)
            if (_byKey.TryGetValue(key, out var node))
                (node.Value.KnownLetter, node.Value.OwnLetter, node.Value.SharedLetter, node.Value.IsLetterTaken) = (null, null, null, true);
    }

    public List<DeadLetterVersion> LettersToRelease(int maxCount)
    {
        lock (_lock) return [.. _releases.Values.Take(maxCount)];
    }

    public void Released(IReadOnlyList<DeadLetterVersion> letters)
    {
        lock (_lock)
            foreach (var letter in letters)
                if (_releases.TryGetValue(letter.Key, out var pending) && pending == letter) _releases.Remove(letter.Key);
    }

    // One that waits for a flush is pinned by the dirty set as well: to let it go would free nothing.
    private Refusal MakeRoomLocked(LinkedListNode<RefusedSession> newest, bool isNew)
    {
        var letGo = new List<LiveSession>();
        var lost = 0;
        while (_bytes > maxBytes)
        {
            var candidates = _byAge.Where(refused => refused != newest.Value && !refused.Session.IsQueued && !refused.Session.IsInFlight && !refused.Session.IsParked);
            if ((candidates.FirstOrDefault(refused => refused.IsLetterStored) ?? candidates.FirstOrDefault()) is not { } oldest) break;
            if (!oldest.IsLetterStored) lost++;
            letGo.Add(oldest.Session);
            TryRemoveLocked(oldest.Session, out _);
        }

        return new Refusal(isNew ? RefusalKind.Quarantined : RefusalKind.RefusedAgain, letGo, lost);
    }

    private bool TryRemoveLocked(LiveSession session, out RefusedSession refused)
    {
        refused = null!;
        if (!_byKey.TryGetValue(session.Key, out var node) || !ReferenceEquals(node.Value.Session, session)) return false;
        refused = node.Value;
        _byKey.Remove(session.Key);
        _byAge.Remove(node);
        Grow(-refused.Bytes);
        Volatile.Write(ref _count, _byKey.Count);
        return true;
    }

    private void Grow(int bytes) => Interlocked.Add(ref _bytes, bytes);
}
