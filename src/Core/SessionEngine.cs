using HybridSession.Hot;

namespace HybridSession;

// Signatures only: replaced by the real implementation.
internal sealed class SessionEngine
{
    public SessionEngineOptions Options => throw new NotImplementedException();

    /// <summary>
    /// Looks in memory only, without allocating, and slides the idle expiry of what it finds.
    /// False when a load is needed. True with a null session when memory knows that the session has ended (expired, removed): the result's origin says why.
    /// </summary>
    public bool TryOpenHot(ReadOnlySpan<char> tokenText, out OpenResult result) => throw new NotImplementedException();

    /// <summary>
    /// Opens by memory or, single-flight and batched with other misses, by the store, and slides the idle expiry.
    /// Throws BackingStoreException when the store fails; OperationCanceledException on cancellation or after IOTimeout.
    /// </summary>
    public ValueTask<OpenResult> OpenAsync(SessionToken token, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>A new, empty session with a fresh token, known to nobody; no I/O.</summary>
    public LiveSession Create() => throw new NotImplementedException();

    // Changes are visible to all requests of the node at once; on a stored session they also make it dirty. The returned session
    // is the one to go on with: normally the given one. Equal values, missing keys and removed sessions change nothing.
    // Set throws SessionLimitException beyond MaxPayloadBytes / MaxKeys. changed tells whether the content changed.
    public LiveSession Set(LiveSession session, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, out bool changed) => throw new NotImplementedException();

    public LiveSession Remove(LiveSession session, ReadOnlySpan<byte> key, out bool changed) => throw new NotImplementedException();

    public LiveSession Clear(LiveSession session, out bool changed) => throw new NotImplementedException();

    /// <summary>Stores a new session (group commit with all that waits). Only then may its token leave. May give the session a fresh token first. Idempotent once stored.</summary>
    public ValueTask BirthAsync(LiveSession session, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>
    /// Waits until every change made to the session so far has reached the durability level. WriteBehind completes synchronously unless the dirty limit is reached.
    /// Throws BackingStoreException, or OperationCanceledException after IOTimeout.
    /// </summary>
    public ValueTask CommitAsync(LiveSession session, Durability durability, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Removes the session from store and memory; completes when the row is gone. Later opens of its token give Removed or Unknown.</summary>
    public ValueTask RemoveAsync(LiveSession session, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>
    /// Moves the content to a new session with a fresh token, in one guarded transaction; the old token is dead when it completes.
    /// A session that is not stored yet just gets a fresh token. Null when the session was removed meanwhile.
    /// </summary>
    public ValueTask<LiveSession?> RegenerateAsync(LiveSession session, CancellationToken cancellationToken) => throw new NotImplementedException();
}
