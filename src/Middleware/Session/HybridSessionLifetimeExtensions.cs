namespace HybridSession.Middleware;

/// <summary>Short forms for the times of a session.</summary>
public static class HybridSessionLifetimeExtensions
{
    /// <summary>
    /// Lets this session outlive the browser, as a box "remember me" on a sign-in page asks for: it ends when it was not used for <paramref name="idleTimeout"/>, or
    /// has lived for <paramref name="lifetime"/>, and the browser keeps its cookie as long.
    /// </summary>
    /// <param name="session">The session.</param>
    /// <param name="idleTimeout">Between 1 second and 400 days; begins anew with every request.</param>
    /// <param name="lifetime">Counted from the beginning of the session; <see cref="Timeout.InfiniteTimeSpan"/> for no limit. At least <paramref name="idleTimeout"/>, and at most 400 days.</param>
    /// <exception cref="ArgumentOutOfRangeException">A time is outside its range; nothing is changed.</exception>
    public static void Remember(this IHybridSession session, TimeSpan idleTimeout, TimeSpan lifetime)
    {
        ArgumentNullException.ThrowIfNull(session);
        if (lifetime != Timeout.InfiniteTimeSpan && lifetime < idleTimeout)
            throw new ArgumentOutOfRangeException(nameof(lifetime), lifetime, $"The lifetime must be at least the idle timeout of {idleTimeout}.");
        var before = session.IdleTimeout;
        session.IdleTimeout = idleTimeout;
        try
        {
            session.AbsoluteLifetime = lifetime;
        }
        catch (ArgumentOutOfRangeException)
        {
            session.IdleTimeout = before;
            throw;
        }
        session.CookieMaxAge = idleTimeout;
    }

    /// <summary>Takes <see cref="Remember"/> back: the session lives as the site's options say, and its cookie as well.</summary>
    /// <param name="session">The session.</param>
    public static void Forget(this IHybridSession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        (session.IdleTimeout, session.AbsoluteLifetime, session.CookieMaxAge) = (null, null, null);
    }
}
