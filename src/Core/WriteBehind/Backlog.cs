namespace HybridSession.WriteBehind;

/// <summary>
/// Counts the bytes of changed sessions that wait to be stored, and holds requests back while there are too many. Thread-safe.
/// </summary>
internal sealed class Backlog(long maxBytes)
{
    private readonly Lock _lock = new();
    private long _bytes;
    private TaskCompletionSource? _room;

    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Requests that change a session wait.</summary>
    public bool IsFull => Bytes > maxBytes;

    /// <summary>So far beyond the limit that no further change is taken on: requests changed more while others waited.</summary>
    public bool IsOverfull => Bytes > maxBytes + (maxBytes / 4);

    public void Add(int change)
    {
        if (change == 0) return;
        var before = Interlocked.Add(ref _bytes, change) - change;
        if (change > 0 || before <= maxBytes || IsFull) return;

        TaskCompletionSource? room;
        lock (_lock) (room, _room) = (_room, null);
        room?.SetResult();
    }

    /// <summary>Completes when the backlog is within its limit.</summary>
    public ValueTask WaitForRoomAsync(CancellationToken cancellationToken) => IsFull ? WaitSlowAsync(cancellationToken) : default;

    private async ValueTask WaitSlowAsync(CancellationToken cancellationToken)
    {
        while (IsFull)
        {
            Task room;
            lock (_lock)
            {
                // Read again under the lock: room may have been made between the look and the wait.
                if (!IsFull) return;
                room = (_room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
