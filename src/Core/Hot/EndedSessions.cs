namespace HybridSession.Hot;

/// <summary>
/// Remembers for a while which sessions ended on this node, so that a late request hears why, and a row that could not be removed yet is not served.
/// Bounded; thread-safe.
/// </summary>
internal sealed class EndedSessions
{
    /// <summary>How long a replaced or removed token is remembered.</summary>
    public const long RememberMs = 60_000;

    private const int MaxCount = 100_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<SessionKey, (SessionOrigin Reason, long UntilMs)> _ended = [];
    private readonly Queue<(SessionKey Key, long UntilMs)> _order = new();

    public void Add(SessionKey key, SessionOrigin reason, long nowMs)
    {
        lock (_lock)
        {
            var until = nowMs + RememberMs;
            _ended[key] = (reason, until);
            _order.Enqueue((key, until));
            while (_order.TryPeek(out var oldest) && (oldest.UntilMs <= nowMs || _order.Count > MaxCount)) ForgetOldestLocked();
        }
    }

    public bool TryGet(SessionKey key, long nowMs, out SessionOrigin reason)
    {
        lock (_lock)
        {
            var found = _ended.TryGetValue(key, out var entry) && entry.UntilMs > nowMs;
            reason = entry.Reason;
            return found;
        }
    }

    private void ForgetOldestLocked()
    {
        var (key, until) = _order.Dequeue();
        // The key may have ended again meanwhile, which has an entry of its own further back.
        if (_ended.TryGetValue(key, out var entry) && entry.UntilMs == until) _ended.Remove(key);
    }
}
