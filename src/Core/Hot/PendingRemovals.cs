namespace HybridSession.Hot;

/// <summary>
/// Removals that the store has not confirmed. Until then this node refuses the session, and the maintenance loop repeats the removal. Thread-safe.
/// </summary>
internal sealed class PendingRemovals
{
    private readonly Lock _lock = new();
    private readonly Dictionary<SessionKey, long> _sinceMs = [];

    public int Count
    {
        get
        {
            lock (_lock) return _sinceMs.Count;
        }
    }

    public void Add(SessionKey key, long nowMs)
    {
        lock (_lock) _sinceMs.TryAdd(key, nowMs);
    }

    public void Done(SessionKey key)
    {
        lock (_lock) _sinceMs.Remove(key);
    }

    public bool Contains(SessionKey key)
    {
        lock (_lock) return _sinceMs.Count > 0 && _sinceMs.ContainsKey(key);
    }

    /// <summary>The removals that have waited longer than <paramref name="ageMs"/>.</summary>
    public SessionKey[] OlderThan(long nowMs, long ageMs)
    {
        lock (_lock) return [.. _sinceMs.Where(pending => nowMs - pending.Value >= ageMs).Select(pending => pending.Key)];
    }
}
