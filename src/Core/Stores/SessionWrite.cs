namespace HybridSession;

/// <summary>One session of a flush.</summary>
/// <param name="Key">Whose row.</param>
/// <param name="Payload">The packed bytes to store. Not changed by anyone afterwards.</param>
/// <param name="Version">The version of <paramref name="Payload"/>; above <paramref name="BaseVersion"/>.</param>
/// <param name="BaseVersion">The stored version this write started from; 0 for a birth.</param>
/// <param name="ExpiresIn">Time until expiry, counted from now by the store's clock.</param>
public readonly record struct SessionWrite(SessionKey Key, byte[] Payload, long Version, long BaseVersion, TimeSpan ExpiresIn)
{
    /// <summary>True when the row does not exist yet.</summary>
    public bool IsBirth => BaseVersion == 0;

    /// <summary>Whom the session is bound to; null for nobody. For binding a session and for moving it to a new key: a flush leaves the user of a row as it is.</summary>
    public string? UserId { get; init; }
}

/// <summary>One moved expiry.</summary>
/// <param name="Key">Whose row.</param>
/// <param name="Version">Only a row at this version is touched.</param>
/// <param name="ExpiresIn">Time until expiry, counted from now by the store's clock.</param>
public readonly record struct SessionTouch(SessionKey Key, long Version, TimeSpan ExpiresIn);
