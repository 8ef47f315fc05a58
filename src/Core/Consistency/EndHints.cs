using HybridSession.Expiration;

namespace HybridSession.Consistency;

/// <summary>
/// Why sessions are gone that other nodes have ended, as they said. Only told to a request when the row is in fact not there: a forged hint ends no session.
/// Bounded; thread-safe.
/// </summary>
internal sealed class EndHints(SessionClock clock)
{
    private const long RememberMs = 60_000;
    private const int MaxCount = 100_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<UInt128, (SessionOrigin Reason, long UntilMs)> _hints = [];

    public void Add(UInt128 id, SessionOrigin reason)
    {
        lock (_lock)
        {
            if (_hints.Count >= MaxCount) DropOldLocked();
            _hints[id] = (reason, clock.NowMs + RememberMs);
        }
    }

    /// <summary>True when another node has said something of this session's end.</summary>
    public bool Has(SessionKey key)
    {
        lock (_lock) return _hints.Count > 0 && _hints.ContainsKey(key.PublicId);
    }

    /// <summary>Why a session without a row has none.</summary>
    public SessionOrigin ReasonOf(SessionKey key)
    {
        lock (_lock) return _hints.TryGetValue(key.PublicId, out var hint) && hint.UntilMs > clock.NowMs ? hint.Reason : SessionOrigin.Unknown;
    }

    private void DropOldLocked()
    {
        var now = clock.NowMs;
        foreach (var id in _hints.Where(hint => hint.Value.UntilMs <= now).Select(hint => hint.Key).ToArray()) _hints.Remove(id);
        // All of them younger than a minute: a flood.
        if (_hints.Count >= MaxCount) _hints.Clear();
    }
}
