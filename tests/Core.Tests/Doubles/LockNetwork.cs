using System.Collections.Concurrent;

namespace HybridSession.Core.Tests.Doubles;

/// <summary>The locks that the nodes of a test share, with their faults in the test's hand.</summary>
internal sealed class LockNetwork
{
    private readonly ConcurrentDictionary<SessionKey, Lease> _held = new();

    private int _tries;

    /// <summary>How often somebody tried.</summary>
    public int Tries => _tries;

    /// <summary>What every attempt fails with; null lets them pass.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Why there are no locks; null: there are.</summary>
    public string? Obstacle { get; set; }

    /// <summary>Locks that are held.</summary>
    public int Count => _held.Count;

    public ISessionLocks CreateLocks() => new Locks(this);

    /// <summary>All locks are gone, as with their connections.</summary>
    public void LoseAll()
    {
        foreach (var lease in _held.Values) lease.IsLost = true;
        _held.Clear();
    }

    private sealed class Locks(LockNetwork network) : ISessionLocks
    {
        public ValueTask<SessionLockAttempt> TryAcquireAsync(SessionKey key, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref network._tries);
            cancellationToken.ThrowIfCancellationRequested();
            if (network.Failure is { } failure) return ValueTask.FromException<SessionLockAttempt>(failure);
            if (network.Obstacle is { } obstacle) return ValueTask.FromResult(SessionLockAttempt.Impossible(obstacle));
            var lease = new Lease(network, key);
            return ValueTask.FromResult(network._held.TryAdd(key, lease) ? SessionLockAttempt.Taken(lease) : SessionLockAttempt.Busy);
        }
    }

    private sealed class Lease(LockNetwork network, SessionKey key) : ISessionLockLease
    {
        public bool IsLost { get; set; }

        public ValueTask DisposeAsync()
        {
            network._held.TryRemove(KeyValuePair.Create(key, this));
            return default;
        }
    }
}
