namespace HybridSession.Expiration;

/// <summary>When a session has expired, and when its moved expiry is worth a write. Pure: all times are milliseconds of one <see cref="SessionClock"/>.</summary>
internal sealed class ExpirationPolicy
{
    private const long MinTouchSlackMs = 1_000;

    // The table may lag behind memory by a tenth of the idle timeout: so a busy session costs ten touches a timeout, not one a request.
    private const int TouchSlackDivisor = 10;

    private static readonly TimeSpan LeastGrace = TimeSpan.FromHours(1);

    private readonly long _idleMs;
    private readonly long? _absoluteMs;

    public ExpirationPolicy(TimeSpan idleTimeout, TimeSpan? absoluteLifetime)
    {
        _idleMs = (long)idleTimeout.TotalMilliseconds;
        _absoluteMs = absoluteLifetime is { } lifetime ? (long)lifetime.TotalMilliseconds : null;
        Grace = idleTimeout > LeastGrace ? idleTimeout : LeastGrace;
    }

    /// <summary>How long expired rows are left alone: memory may know of a later expiry than the table does, also after an outage.</summary>
    public TimeSpan Grace { get; }

    /// <summary>The pause between two touch batches.</summary>
    public TimeSpan TouchInterval => TimeSpan.FromMilliseconds(TouchIntervalMs(default));

    /// <summary>The reason why a session is over, or null while it lives.</summary>
    public SessionOrigin? Judge(long nowMs, in Lifespan span)
    {
        if (LifetimeMs(span.Terms) is { } absolute && nowMs - span.CreatedMs >= absolute) return SessionOrigin.AbsoluteExpired;
        return nowMs - span.LastAccessMs >= IdleMs(span.Terms) ? SessionOrigin.IdleExpired : null;
    }

    /// <summary>The moment at which a session ends when nobody asks for it again.</summary>
    public long ExpiresAtMs(in Lifespan span)
    {
        var idleEnd = span.LastAccessMs + IdleMs(span.Terms);
        return LifetimeMs(span.Terms) is { } absolute ? Math.Min(idleEnd, span.CreatedMs + absolute) : idleEnd;
    }

    /// <summary>When a session was used last that expires at this moment, as far as one can tell: a session near its absolute end was used later.</summary>
    public long LastAccessMs(long expiresAtMs, SessionTerms terms) => expiresAtMs - IdleMs(terms);

    /// <summary>True when the stored expiry lags so far behind that a touch is due.</summary>
    public bool NeedsTouch(long expiresAtMs, long storedExpiresAtMs, SessionTerms terms) => expiresAtMs - storedExpiresAtMs >= TouchSlackMs(terms);

    /// <summary>The reason why a loaded row is over, or null when it lives.</summary>
    public SessionOrigin? JudgeStored(StoredSession row, SessionTerms terms)
    {
        if (LifetimeMs(terms) is { } absolute && row.Age.TotalMilliseconds >= absolute) return SessionOrigin.AbsoluteExpired;
        return row.ExpiresIn <= TimeSpan.Zero ? SessionOrigin.IdleExpired : null;
    }

    /// <summary>How long the touch of a session may wait for others.</summary>
    public long TouchIntervalMs(SessionTerms terms) => Math.Clamp(TouchSlackMs(terms) / 2, 500, 30_000);

    private long IdleMs(SessionTerms terms) => terms.IdleMs ?? _idleMs;

    private long? LifetimeMs(SessionTerms terms) => terms.LifetimeMs switch
    {
        null => _absoluteMs,
        SessionTerms.NoLimit => null,
        { } own => own,
    };

    // A session that may rest for longer than the site's others must not lag by more than the pruner waits.
    private long TouchSlackMs(SessionTerms terms)
    {
        var idle = IdleMs(terms);
        var slack = Math.Min(idle, Math.Max(MinTouchSlackMs, idle / TouchSlackDivisor));
        return idle > _idleMs ? Math.Min(slack, (long)Grace.TotalMilliseconds / 2) : slack;
    }
}
