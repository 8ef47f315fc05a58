namespace HybridSession;

/// <summary>A session of a user, without its content.</summary>
/// <param name="Key">Its key.</param>
/// <param name="ExpiresIn">Time left by the store's clock.</param>
/// <param name="Age">Time since the session was created, by the store's clock.</param>
public readonly record struct UserSession(SessionKey Key, TimeSpan ExpiresIn, TimeSpan Age);
