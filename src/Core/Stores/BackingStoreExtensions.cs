namespace HybridSession;

/// <summary>Shorter forms of what a store does.</summary>
public static class BackingStoreExtensions
{
    /// <summary>Reads sessions whole.</summary>
    /// <inheritdoc cref="ISessionBackingStore.LoadAsync" path="/returns"/>
    public static ValueTask<StoredSession?[]> LoadAsync(this ISessionBackingStore store, IReadOnlyList<SessionKey> keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(keys);
        var reads = new SessionRead[keys.Count];
        for (var i = 0; i < reads.Length; i++) reads[i] = keys[i];
        return store.LoadAsync(reads, cancellationToken);
    }
}
