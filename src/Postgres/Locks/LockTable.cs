namespace HybridSession.Postgres.Locks;

/// <summary>
/// Who has which lock of this node, who tries for one, and what is to be released: whatever waits together travels together. No I/O; thread-safe.
/// PostgreSQL would give a lock to its connection twice, so a session is tried for once at a time.
/// </summary>
internal sealed class LockTable
{
    private readonly Lock _lock = new();
    private readonly HashSet<SessionKey> _present = [];
    private readonly HashSet<LockLease> _held = [];
    private List<LockTry> _tries = [];
    private List<LockLease> _releases = [];
    private bool _isServed;

    /// <summary>Enters a session. Null when this node has its lock, or tries for it.</summary>
    /// <param name="key">The session.</param>
    /// <param name="isToServe">Nobody serves what waits: the caller is to.</param>
    public LockTry? Enter(SessionKey key, out bool isToServe)
    {
        lock (_lock)
        {
            isToServe = false;
            if (!_present.Add(key)) return null;
            var attempt = new LockTry(key);
            _tries.Add(attempt);
            isToServe = TryBeginLocked();
            return attempt;
        }
    }

    /// <summary>Takes everything that waits. False when nothing does; then nobody serves any more.</summary>
    public bool TryTake(out List<LockTry> tries, out List<LockLease> releases)
    {
        lock (_lock)
        {
            (tries, releases) = (_tries, _releases);
            _isServed = tries.Count + releases.Count > 0;
            if (_isServed) (_tries, _releases) = ([], []);
            return _isServed;
        }
    }

    /// <summary>The lock was had.</summary>
    public LockLease Hold(SessionKey key, Action<LockLease> release)
    {
        var lease = new LockLease(key, release);
        lock (_lock) _held.Add(lease);
        return lease;
    }

    /// <summary>The lock was not had.</summary>
    public void Forget(SessionKey key)
    {
        lock (_lock) _present.Remove(key);
    }

    /// <summary>A lock is to be released. Whoever tries for it from now on is served after that. True when the caller is to serve.</summary>
    public bool Release(LockLease lease)
    {
        lock (_lock)
        {
            _present.Remove(lease.Key);
            if (!_held.Remove(lease))
            {
                // Lost already, and so with nothing to release.
                lease.Released();
                return false;
            }

            _releases.Add(lease);
            return TryBeginLocked();
        }
    }

    /// <summary>The connection has ended. Returns the locks that ended with it, held or about to be released; those who release them wait for the caller to say that it is over.</summary>
    /// <param name="releases">Those that were under way.</param>
    public LockLease[] LoseAll(List<LockLease> releases)
    {
        lock (_lock)
        {
            var lost = _held.Concat(_releases).Concat(releases).ToArray();
            foreach (var lease in lost) lease.Lose();
            _held.Clear();
            _releases.Clear();
            releases.Clear();
            return lost;
        }
    }

    private bool TryBeginLocked()
    {
        if (_isServed) return false;
        return _isServed = true;
    }
}

/// <summary>An attempt that has no answer yet. It ends once: by its answer, or by who made it.</summary>
internal sealed class LockTry(SessionKey key)
{
    public SessionKey Key { get; } = key;

    public TaskCompletionSource<SessionLockAttempt> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>A lock that this node has.</summary>
internal sealed class LockLease(SessionKey key, Action<LockLease> release) : ISessionLockLease
{
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isLost;
    private bool _isDisposed;

    public SessionKey Key { get; } = key;

    public bool IsLost => _isLost;

    public void Lose() => _isLost = true;

    public void Released() => _released.TrySetResult();

    public ValueTask DisposeAsync()
    {
        if (!Interlocked.Exchange(ref _isDisposed, true)) release(this);
        return new ValueTask(_released.Task);
    }
}
