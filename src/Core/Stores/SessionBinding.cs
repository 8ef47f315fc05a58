namespace HybridSession;

/// <summary>A session that is to be bound to a user, or to nobody.</summary>
/// <param name="Write">What to store: the session as it is then. <see cref="SessionWrite.UserId"/> says to whom; null for nobody. Never a birth.</param>
/// <param name="MaxSessions">The most sessions that the user may have afterwards, this one included; null for no limit.</param>
/// <param name="DropsOldest">At the limit the user's sessions that began first are removed, rather than the bind refused.</param>
public readonly record struct SessionBinding(SessionWrite Write, int? MaxSessions = null, bool DropsOldest = false);
