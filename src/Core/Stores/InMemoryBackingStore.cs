namespace HybridSession;

/// <summary>
/// The reference store: a dictionary that keeps every sentence of <see cref="ISessionBackingStore"/>. For tests and for trying things out; it is gone with the process.
/// Thread-safe.
/// </summary>
/// <param name="time">The clock of expiries and ages.</param>
public sealed partial class InMemoryBackingStore(TimeProvider time) : ISessionBackingStore
{
    // A sum with the present must not overflow; no session lives for a thousand years.
    private static readonly TimeSpan LongestDuration = TimeSpan.FromDays(365_000);

    private readonly Lock _lock = new();
    private readonly Dictionary<SessionKey, Row> _rows = [];
    private readonly long _start = time.GetTimestamp();

    private TimeSpan Now => time.GetElapsedTime(_start);

    /// <summary>The number of stored sessions, expired ones included.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _rows.Count;
        }
    }

    /// <inheritdoc />
    public ValueTask InitializeAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return default;
    }

    /// <inheritdoc />
    public ValueTask PingAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return default;
    }

    /// <inheritdoc />
    public ValueTask<StoredSession?[]> LoadAsync(IReadOnlyList<SessionRead> reads, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(reads);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            var rows = new StoredSession?[reads.Count];
            for (var i = 0; i < rows.Length; i++)
            {
                var row = ReadLocked(reads[i].Key);
                rows[i] = row is not null && row.Version == reads[i].KnownVersion ? row with { Payload = [] } : row;
            }

            return ValueTask.FromResult(rows);
        }
    }

    /// <inheritdoc />
    public ValueTask<FlushOutcome[]> FlushAsync(IReadOnlyList<SessionWrite> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        cancellationToken.ThrowIfCancellationRequested();
        if (batch.Select(write => write.Key).Distinct().Count() != batch.Count) throw new ArgumentException("A key occurs twice in the batch.", nameof(batch));
        lock (_lock)
        {
            var outcomes = new FlushOutcome[batch.Count];
            for (var i = 0; i < outcomes.Length; i++) outcomes[i] = WriteLocked(batch[i]);
            return ValueTask.FromResult(outcomes);
        }
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<SessionKey>> TouchAsync(IReadOnlyList<SessionTouch> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            List<SessionKey> missed = [];
            foreach (var touch in batch)
            {
                if (_rows.TryGetValue(touch.Key, out var row) && row.Version == touch.Version) _rows[touch.Key] = row with { ExpiresAt = ExpiryAfter(touch.ExpiresIn) };
                else missed.Add(touch.Key);
            }

            return ValueTask.FromResult<IReadOnlyList<SessionKey>>(missed);
        }
    }

    /// <inheritdoc />
    public ValueTask<bool> RemoveAsync(SessionKey key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            _letters.Remove(key);
            return ValueTask.FromResult(_rows.Remove(key));
        }
    }

    /// <inheritdoc />
    public ValueTask<FlushOutcome> RekeyAsync(SessionKey oldKey, long baseVersion, SessionWrite replacement, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            if (!_rows.TryGetValue(oldKey, out var row)) return ValueTask.FromResult(FlushOutcome.Gone);
            if (row.Version != baseVersion) return ValueTask.FromResult(FlushOutcome.Conflict(ReadLocked(oldKey)!));
            _rows.Remove(oldKey);
            _rows[replacement.Key] = new Row(replacement.Payload, replacement.Version, ExpiryAfter(replacement.ExpiresIn), row.CreatedAt, row.UserId);
            if (_letters.Remove(oldKey, out var letter)) _letters[replacement.Key] = letter;
            return ValueTask.FromResult(FlushOutcome.Written);
        }
    }

    /// <inheritdoc />
    public ValueTask<long> PruneAsync(TimeSpan grace, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            var limit = Now - grace;
            SessionKey[] expired = [.. _rows.Where(row => row.Value.ExpiresAt < limit).Select(row => row.Key)];
            foreach (var key in expired) _rows.Remove(key);
            SessionKey[] orphans = [.. _letters.Where(letter => letter.Value.ExpiresAt < limit && !_rows.ContainsKey(letter.Key)).Select(letter => letter.Key)];
            foreach (var key in orphans) _letters.Remove(key);
            return ValueTask.FromResult((long)expired.Length);
        }
    }

    private TimeSpan ExpiryAfter(TimeSpan duration) => Now + (duration > LongestDuration ? LongestDuration : duration < -LongestDuration ? -LongestDuration : duration);

    private StoredSession? ReadLocked(SessionKey key) =>
        _rows.TryGetValue(key, out var row) ? new StoredSession(row.Payload, row.Version, row.ExpiresAt - Now, Now - row.CreatedAt) : null;

    private FlushOutcome WriteLocked(SessionWrite write)
    {
        var exists = _rows.TryGetValue(write.Key, out var row);
        if (exists && row.Version == write.Version && row.Payload.AsSpan().SequenceEqual(write.Payload)) return FlushOutcome.Written;
        if (!write.IsBirth && !exists) return FlushOutcome.Gone;
        if (exists && row.Version != write.BaseVersion) return FlushOutcome.Conflict(ReadLocked(write.Key)!);
        _rows[write.Key] = new Row(write.Payload, write.Version, ExpiryAfter(write.ExpiresIn), exists ? row.CreatedAt : Now, exists ? row.UserId : null);
        return FlushOutcome.Written;
    }

    private readonly record struct Row(byte[] Payload, long Version, TimeSpan ExpiresAt, TimeSpan CreatedAt, string? UserId);
}
