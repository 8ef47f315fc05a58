namespace HybridSession.Consistency;

/// <summary>What came of waiting for a turn.</summary>
internal enum TurnOutcome
{
    /// <summary>The turn has come.</summary>
    Entered,

    /// <summary>It did not come in time.</summary>
    Timeout,

    /// <summary>Too many were waiting already.</summary>
    Crowded,
}

/// <summary>
/// The turns of this node: one at a time for each session, first come first served. A session takes memory only while somebody has its turn. No I/O; thread-safe.
/// </summary>
/// <param name="maxWaiting">How many may wait for one session.</param>
/// <param name="time">For the limit of a wait.</param>
internal sealed class SessionTurns(int maxWaiting, TimeProvider time)
{
    private readonly Lock _lock = new();

    // Whose turn is taken, and who waits for it.
    private readonly Dictionary<SessionKey, LinkedList<TaskCompletionSource>?> _taken = [];

    /// <summary>Sessions whose turn is taken.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _taken.Count;
        }
    }

    /// <summary>Requests that wait for the turn of a session.</summary>
    public int CountWaiting(SessionKey key)
    {
        lock (_lock) return _taken.GetValueOrDefault(key)?.Count ?? 0;
    }

    /// <summary>Waits for the turn of a session; synchronously when it is free, or when too many wait.</summary>
    /// <param name="key">The session.</param>
    /// <param name="atMost">The longest wait.</param>
    /// <param name="cancellationToken">Leaves the queue.</param>
    /// <exception cref="OperationCanceledException">Cancelled; the turn is somebody else's.</exception>
    public ValueTask<TurnEntry> EnterAsync(SessionKey key, TimeSpan atMost, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<TurnEntry>(cancellationToken);
        LinkedListNode<TaskCompletionSource> place;
        lock (_lock)
        {
            if (!_taken.TryGetValue(key, out var queue))
            {
                _taken[key] = null;
                return new ValueTask<TurnEntry>(TurnEntry.Of(new SessionTurn(this, key)));
            }

            if ((queue?.Count ?? 0) >= maxWaiting) return new ValueTask<TurnEntry>(new TurnEntry(TurnOutcome.Crowded, null));
            if (queue is null) _taken[key] = queue = [];
            place = queue.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        return new ValueTask<TurnEntry>(WaitAsync(key, place, atMost, cancellationToken));
    }

    private async Task<TurnEntry> WaitAsync(SessionKey key, LinkedListNode<TaskCompletionSource> place, TimeSpan atMost, CancellationToken cancellationToken)
    {
        try
        {
            await place.Value.Task.WaitAsync(atMost, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // A turn that came at the last moment is taken.
            if (TryGiveUp(place)) return new TurnEntry(TurnOutcome.Timeout, null);
        }
        catch (OperationCanceledException)
        {
            if (!TryGiveUp(place)) PassOn(key);
            throw;
        }

        return TurnEntry.Of(new SessionTurn(this, key));
    }

    // False when the turn has come: whoever is given it leaves the queue at the same moment.
    private bool TryGiveUp(LinkedListNode<TaskCompletionSource> place)
    {
        lock (_lock)
        {
            if (place.List is not { } queue) return false;
            queue.Remove(place);
            return true;
        }
    }

    private void PassOn(SessionKey key)
    {
        lock (_lock)
        {
            if (_taken[key]?.First is not { } next)
            {
                _taken.Remove(key);
                return;
            }

            next.List!.Remove(next);
            next.Value.SetResult();
        }
    }

    /// <summary>A turn; disposing it, once or more often, gives it to the next.</summary>
    internal sealed class SessionTurn(SessionTurns turns, SessionKey key) : IDisposable
    {
        private bool _isOver;

        public void Dispose()
        {
            if (!Interlocked.Exchange(ref _isOver, true)) turns.PassOn(key);
        }
    }
}

/// <summary>The turn, or why there is none.</summary>
internal readonly record struct TurnEntry(TurnOutcome Outcome, SessionTurns.SessionTurn? Turn)
{
    public static TurnEntry Of(SessionTurns.SessionTurn turn) => new(TurnOutcome.Entered, turn);
}
