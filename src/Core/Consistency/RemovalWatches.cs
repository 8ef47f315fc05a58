using HybridSession.Hot;

namespace HybridSession.Consistency;

/// <summary>Whoever holds a connection open in the name of a session, to be told when that is over. Thread-safe.</summary>
internal sealed class RemovalWatches
{
    private readonly Lock _lock = new();
    private readonly Dictionary<SessionKey, Watch> _watches = new(SessionKeyComparer.Instance);

    /// <summary>The sessions that are watched.</summary>
    public LiveSession[] All
    {
        get
        {
            lock (_lock) return [.. _watches.Values.Select(watch => watch.Session)];
        }
    }

    /// <summary>A lease whose token is cancelled when the session is over; to be disposed when the connection is.</summary>
    public RemovalLease Add(LiveSession session)
    {
        lock (_lock)
        {
            if (!_watches.TryGetValue(session.Key, out var watch)) _watches[session.Key] = watch = new Watch(session);
            watch.Leases++;
            // A session that is over already tells at once.
            if (session.IsEnded) EndLocked(session.Key);
            return new RemovalLease(this, watch);
        }
    }

    public LiveSession? Find(UInt128 id)
    {
        lock (_lock) return _watches.Count > 0 && _watches.GetAlternateLookup<UInt128>().TryGetValue(id, out var watch) ? watch.Session : null;
    }

    /// <summary>The session is over.</summary>
    public void Ended(SessionKey key)
    {
        lock (_lock) EndLocked(key);
    }

    /// <summary>The session goes on under another key.</summary>
    public void Moved(SessionKey old, LiveSession replacement)
    {
        lock (_lock)
        {
            if (!_watches.Remove(old, out var watch)) return;
            watch.Session = replacement;
            _watches[replacement.Key] = watch;
        }
    }

    private void EndLocked(SessionKey key)
    {
        // Asynchronously: what is registered there is the application's.
        if (_watches.Count > 0 && _watches.Remove(key, out var watch)) _ = watch.Source.CancelAsync();
    }

    private void Release(Watch watch)
    {
        lock (_lock)
        {
            if (--watch.Leases > 0) return;
            if (_watches.TryGetValue(watch.Session.Key, out var present) && ReferenceEquals(present, watch)) _watches.Remove(watch.Session.Key);
        }
    }

    internal sealed class Watch(LiveSession session)
    {
        public LiveSession Session { get; set; } = session;

        public CancellationTokenSource Source { get; } = new();

        public int Leases { get; set; }
    }

    /// <summary>One who watches.</summary>
    internal sealed class RemovalLease(RemovalWatches watches, Watch watch) : IDisposable
    {
        private int _disposed;

        public CancellationToken Token { get; } = watch.Source.Token;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0) watches.Release(watch);
        }
    }
}
