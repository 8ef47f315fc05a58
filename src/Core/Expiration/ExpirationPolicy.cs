namespace HybridSession.Expiration;

/// <summary>When a session has expired, and when its moved expiry is worth a write. Pure: all times are milliseconds of one <see cref="SessionClock"/>.</summary>
internal sealed class ExpirationPolicy
{
    private const long MinTouchSlackMs = 1_000;

    // The table may lag behind memory by a tenth of the idle timeout: so a busy session costs ten touches a timeout, not one a request.
    private const int TouchSlackDivisor = 10;

    private readonly long _idleMs;
    private readonly long? _absoluteMs;
    private readonly long _touchSlackMs;

    public ExpirationPolicy(TimeSpan idleTimeout, TimeSpan? absoluteLifetime)
    {
        _idleMs = (long)idleTimeout.TotalMilliseconds;
        _absoluteMs = absoluteLifetime is { } lifetime ? (long)lifetime.TotalMilliseconds : null;
        _touchSlackMs = Math.Min(_idleMs, Math.Max(MinTouchSlackMs, _idleMs / TouchSlackDivisor));
    }

    /// <summary>The reason why a session is over, or null while it lives.</summary>
    public SessionOrigin? Judge(long nowMs, long lastAccessMs, long createdMs)
    {
        if (_absoluteMs is { } absolute && nowMs - createdMs >= absolute) return SessionOrigin.AbsoluteExpired;
        return nowMs - lastAccessMs >= _idleMs ? SessionOrigin.IdleExpired : null;
    }

    /// <summary>The moment at which a session ends when nobody asks for it again.</summary>
    public long ExpiresAtMs(long lastAccessMs, long createdMs)
    {
        var idleEnd = lastAccessMs + _idleMs;
        return _absoluteMs is { } absolute ? Math.Min(idleEnd, createdMs + absolute) : idleEnd;
    }

    /// <summary>When a session was used last that expires at this moment, as far as one can tell: a session near its absolute end was used later.</summary>
    public long LastAccessMs(long expiresAtMs) => expiresAtMs - _idleMs;

    /// <summary>True when the stored expiry lags so far behind that a touch is due.</summary>
    public bool NeedsTouch(long expiresAtMs, long storedExpiresAtMs) => expiresAtMs - storedExpiresAtMs >= _touchSlackMs;

    /// <summary>The reason why a loaded row is over, or null when it lives.</summary>
    public SessionOrigin? JudgeStored(StoredSession row)
    {
        if (_absoluteMs is { } absolute && row.Age.TotalMilliseconds >= absolute) return SessionOrigin.AbsoluteExpired;
        return row.ExpiresIn <= TimeSpan.Zero ? SessionOrigin.IdleExpired : null;
    }

    /// <summary>The pause between two touch batches.</summary>
    public TimeSpan TouchInterval => TimeSpan.FromMilliseconds(Math.Clamp(_touchSlackMs / 2, 500, 30_000));
}
