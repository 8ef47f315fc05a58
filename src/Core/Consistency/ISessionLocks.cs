namespace HybridSession;

/// <summary>
/// Locks by which the nodes of a site let requests of one session in turn. A store that several nodes share may offer them (<see cref="BackingStoreRegistration.Locks"/>); without them
/// requests are in turn on each node by itself.
/// </summary>
/// <remarks>
/// A lock holds no transaction and blocks nothing but the same lock: rows are read and written as ever. It lasts until its lease is disposed, or its holder's process or connection ends;
/// so a node that dies leaves none behind. Asked for only while other nodes share the store. Members may be called concurrently.
/// </remarks>
public interface ISessionLocks
{
    /// <summary>Tries to lock a session, and does not wait for its holder. This node holding it already is as good as another one.</summary>
    /// <param name="key">The session.</param>
    /// <param name="cancellationToken">Ends the attempt; a lock that comes all the same is released.</param>
    /// <returns>The lease; or that somebody else has it; or why no locks can be had.</returns>
    /// <exception cref="BackingStoreException">The store could not be asked.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    ValueTask<SessionLockAttempt> TryAcquireAsync(SessionKey key, CancellationToken cancellationToken);
}

/// <summary>
/// A lock that is had. Disposing releases it, once; it does not throw, and completes when the lock is released or known to be lost. Whoever tries for the same session on this
/// node after <see cref="IAsyncDisposable.DisposeAsync"/> was called is not kept out by this lease.
/// </summary>
public interface ISessionLockLease : IAsyncDisposable
{
    /// <summary>The lock was lost before it was released, as with the connection that held it: another node may have had it meanwhile. Known at the latest when disposing has completed.</summary>
    bool IsLost { get; }
}

/// <summary>What came of trying for a lock: the lease, or nothing when somebody else has it, or an obstacle.</summary>
public readonly record struct SessionLockAttempt
{
    private SessionLockAttempt(ISessionLockLease? lease, string? obstacle) => (Lease, Obstacle) = (lease, obstacle);

    /// <summary>Somebody else has it; it may be tried again.</summary>
    public static SessionLockAttempt Busy => default;

    /// <summary>The lock, when it was had.</summary>
    public ISessionLockLease? Lease { get; }

    /// <summary>Why this node can have no locks at all, and what to do about it; for the log, without secrets.</summary>
    public string? Obstacle { get; }

    /// <summary>The lock was had.</summary>
    /// <param name="lease">Releases it.</param>
    public static SessionLockAttempt Taken(ISessionLockLease lease)
    {
        ArgumentNullException.ThrowIfNull(lease);
        return new SessionLockAttempt(lease, null);
    }

    /// <summary>No locks can be had until somebody changes something: requests are in turn on this node by itself.</summary>
    /// <param name="obstacle">Why, and what to do, in sentences.</param>
    public static SessionLockAttempt Impossible(string obstacle)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(obstacle);
        return new SessionLockAttempt(null, obstacle);
    }
}
