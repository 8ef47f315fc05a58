namespace HybridSession;

/// <summary>One session to read. A key alone reads it whole.</summary>
/// <param name="Key">Whose row.</param>
/// <param name="KnownVersion">The stored version that the reader has; 0 when it has none. At exactly this version the payload need not travel.</param>
public readonly record struct SessionRead(SessionKey Key, long KnownVersion = 0)
{
    /// <summary>Reads the session whole.</summary>
    public static implicit operator SessionRead(SessionKey key) => FromSessionKey(key);

    /// <summary>Reads the session whole.</summary>
    public static SessionRead FromSessionKey(SessionKey key) => new(key);
}
