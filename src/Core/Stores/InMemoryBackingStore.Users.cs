namespace HybridSession;

// Whose the sessions are. One lock for all makes what the contract asks of one user's sessions.
public sealed partial class InMemoryBackingStore
{
    /// <inheritdoc />
    public ValueTask<BindOutcome> BindAsync(SessionBinding binding, CancellationToken cancellationToken)
    {
        if (binding.Write.IsBirth) throw new ArgumentException("A new session is stored first, and bound then.", nameof(binding));
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock) return ValueTask.FromResult(BindLocked(binding));
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<UserSession>> FindByUserAsync(string userId, int max, string? after, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(userId);
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        cancellationToken.ThrowIfCancellationRequested();
        if (after is not null && !SessionKey.IsPublicId(after)) return ValueTask.FromResult<IReadOnlyList<UserSession>>([]);
        lock (_lock)
        {
            return ValueTask.FromResult<IReadOnlyList<UserSession>>(
            [
                .. LiveLocked(userId)
                    .Where(row => after is null || string.CompareOrdinal(row.Key.ToPublicId(), after.ToLowerInvariant()) > 0)
                    .OrderBy(row => row.Key)
                    .Take(max)
                    .Select(row => new UserSession(row.Key, row.Value.ExpiresAt - Now, Now - row.Value.CreatedAt)),
            ]);
        }
    }

    /// <inheritdoc />
    public ValueTask<long> CountByUserAsync(string userId, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(userId);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock) return ValueTask.FromResult((long)LiveLocked(userId).Count());
    }

    /// <inheritdoc />
    public ValueTask<long> CountAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock) return ValueTask.FromResult(_rows.LongCount(row => row.Value.ExpiresAt > Now));
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<SessionKey>> RemoveByUserAsync(string userId, string? except, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(userId);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock) return ValueTask.FromResult<IReadOnlyList<SessionKey>>(RemoveLocked([.. _rows.Where(row => row.Value.UserId == userId && !row.Key.ToPublicId().Equals(except, StringComparison.OrdinalIgnoreCase)).Select(row => row.Key)]));
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<SessionKey>> RemoveByPublicIdAsync(string publicId, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(publicId);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock) return ValueTask.FromResult<IReadOnlyList<SessionKey>>(RemoveLocked([.. _rows.Keys.Where(key => key.ToPublicId().Equals(publicId, StringComparison.OrdinalIgnoreCase))]));
    }

    private BindOutcome BindLocked(SessionBinding binding)
    {
        var write = binding.Write;
        if (!_rows.TryGetValue(write.Key, out var row)) return BindOutcome.Gone;
        if (row.Version == write.Version && row.UserId == write.UserId && row.Payload.AsSpan().SequenceEqual(write.Payload)) return BindOutcome.Bound([]);
        if (row.Version != write.BaseVersion) return BindOutcome.Conflict(ReadLocked(write.Key)!);

        SessionKey[] dropped = [];
        if (write.UserId is { } userId && binding.MaxSessions is { } max)
        {
            var others = LiveLocked(userId).Where(other => other.Key != write.Key).OrderByDescending(other => other.Value.CreatedAt).ThenBy(other => other.Key).ToArray();
            if (others.Length >= max && !binding.DropsOldest) return BindOutcome.LimitReached;
            dropped = [.. others.Skip(max - 1).Select(other => other.Key)];
        }

        _rows[write.Key] = new Row(write.Payload, write.Version, ExpiryAfter(write.ExpiresIn), row.CreatedAt, write.UserId);
        return BindOutcome.Bound(RemoveLocked(dropped));
    }

    private IEnumerable<KeyValuePair<SessionKey, Row>> LiveLocked(string userId) => _rows.Where(row => row.Value.UserId == userId && row.Value.ExpiresAt > Now);

    private SessionKey[] RemoveLocked(SessionKey[] keys)
    {
        foreach (var key in keys)
        {
            _rows.Remove(key);
            _letters.Remove(key);
        }

        return keys;
    }
}
