using HybridSession.Consistency;

namespace HybridSession.Hot;

/// <summary>One load that all requests for its key share.</summary>
internal sealed class LoadTicket(SessionToken token, SessionKey key, string tokenText)
{
    private readonly TaskCompletionSource<OpenResult> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SessionToken Token { get; } = token;

    public SessionKey Key { get; } = key;

    public string TokenText { get; } = tokenText;

    public Task<OpenResult> Task => _completion.Task;

    /// <summary>The version of the copy in memory that is to be confirmed; 0 when there was none. Shard lock.</summary>
    public long KnownVersion { get; set; }

    /// <summary>What is in memory is to be compared with the row too. Shard lock.</summary>
    public bool MustRead { get; set; }

    /// <summary>When the read began, as a moment of <see cref="Consistency.StaleMarks"/>.</summary>
    public long ReadAt { get; set; }

    /// <summary>Something happened to the key since the load began: what it read may be old, and it runs again. Shard lock.</summary>
    public bool IsInvalid { get; set; }

    public void Complete(OpenResult result) => _completion.SetResult(result);

    public void Fail(Exception exception)
    {
        _completion.SetException(exception);
        // Observed here, for the case that every waiter has gone.
        _ = _completion.Task.Exception;
    }
}

/// <summary>The loads in flight of one shard: at most one a key. Not thread-safe: every member needs the shard lock.</summary>
internal sealed class LoadTable(ProtocolRules? rules = null)
{
    private readonly Dictionary<SessionKey, LoadTicket> _tickets = [];

    /// <summary>The load of the key; <paramref name="isNew"/> when the caller has to start it.</summary>
    public LoadTicket Join(SessionToken token, SessionKey key, string tokenText, out bool isNew)
    {
        isNew = !_tickets.TryGetValue(key, out var ticket);
        if (ticket is null) _tickets[key] = ticket = new LoadTicket(token, key, tokenText);
        return ticket;
    }

    /// <summary>Makes a load of the key, if one is in flight, read again.</summary>
    public void Invalidate(SessionKey key)
    {
        if (_tickets.Count > 0 && _tickets.TryGetValue(key, out var ticket)) ticket.IsInvalid = rules is not { LoadsAreInvalidated: false };
    }

    /// <summary>False when the load was invalidated and has to run again; then it counts as new.</summary>
    /// <param name="ticket">The load.</param>
    /// <param name="knownVersion">The stored version of what is in memory now; 0 when nothing is.</param>
    public bool TryFinish(LoadTicket ticket, long knownVersion)
    {
        // Also when the copy whose version was told to the store has gone: the answer may be no more than that version.
        if (ticket.IsInvalid || (ticket.KnownVersion != 0 && ticket.KnownVersion != knownVersion))
        {
            ticket.IsInvalid = false;
            ticket.KnownVersion = knownVersion;
            return false;
        }

        _tickets.Remove(ticket.Key);
        return true;
    }

    public void Abort(LoadTicket ticket) => _tickets.Remove(ticket.Key);
}
