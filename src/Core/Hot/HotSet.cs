using HybridSession.Users;
using Microsoft.Extensions.Caching.Memory;

namespace HybridSession.Hot;

/// <summary>
/// The sessions that stay in memory to be found again, within a byte budget; the least recently used leave first.
/// </summary>
/// <remarks>
/// A session that is not stored yet does not depend on this set: the dirty set pins it. That matters, because at its size limit
/// <see cref="MemoryCache"/> drops the newcomer, and the key altogether when an entry is replaced by a larger one: here that costs a load, never a change.
/// </remarks>
internal sealed class HotSet : IDisposable
{
    private const double CompactionShare = 0.10;

    // A session is admitted anew when its size has moved by more than this share; below, the budget's error is not worth the work.
    private const int ResizeDivisor = 8;

    private readonly MemoryCache _cache;
    private readonly TimeSpan _idleTimeout;

    public HotSet(long maxBytes, TimeSpan idleTimeout)
    {
        MaxBytes = maxBytes;
        _idleTimeout = idleTimeout;
        _cache = new MemoryCache(new MemoryCacheOptions { SizeLimit = maxBytes, CompactionPercentage = CompactionShare, TrackStatistics = true });
    }

    public long MaxBytes { get; }

    public int Count => _cache.Count;

    public long Bytes => _cache.GetCurrentStatistics()?.CurrentEstimatedSize ?? 0;

    public bool TryGet(ReadOnlySpan<char> tokenText, out LiveSession? session) => _cache.TryGetValue(tokenText, out session);

    /// <summary>Makes the session findable, if the budget has room for it now.</summary>
    public void Admit(LiveSession session)
    {
        var size = session.SizeBytes;
        if (Math.Abs(size - session.AdmittedBytes) <= session.AdmittedBytes / ResizeDivisor
            && TryGet(session.TokenText, out var present) && ReferenceEquals(present, session))
            return;

        session.AdmittedBytes = size;
        using var entry = _cache.CreateEntry(session.TokenText);
        entry.Value = session;
        entry.Size = size;
        entry.SlidingExpiration = _idleTimeout;
    }

    /// <summary>Takes the session out. Another session under the same token stays.</summary>
    public void Evict(LiveSession session)
    {
        if (TryGet(session.TokenText, out var present) && ReferenceEquals(present, session)) _cache.Remove(session.TokenText);
    }

    /// <summary>Finds sessions by key, which is the hash of what they are kept under: looks at every token in memory, and counts as a use of none that is not found.</summary>
    public List<LiveSession> Find(HashSet<SessionKey> keys) => [.. Where(keys.Contains)];

    /// <summary>Finds a session by the first 16 bytes of its key; as costly as <see cref="Find(HashSet{SessionKey})"/>.</summary>
    public LiveSession? Find(UInt128 publicId) => Where(key => key.PublicId == publicId).FirstOrDefault();

    /// <summary>Finds the sessions of a user; as costly.</summary>
    public List<LiveSession> Find(string userId) => [.. Where(static _ => true).Where(session => SessionUser.Of(session.Payload) == userId)];

    private IEnumerable<LiveSession> Where(Func<SessionKey, bool> isWanted)
    {
        foreach (var text in _cache.Keys)
        {
            if (text is string tokenText && SessionToken.TryParse(tokenText, out var token) && isWanted(token.ToKey()) && TryGet(tokenText, out var session) && session is not null)
                yield return session;
        }
    }

    /// <summary>Takes the least recently used share of the sessions out.</summary>
    public void Compact(double share) => _cache.Compact(share);

    public void Dispose() => _cache.Dispose();
}
