namespace HybridSession.Hot;

/// <summary>One load that all requests for its key share.</summary>
internal sealed class LoadTicket(SessionToken token, SessionKey key, string tokenText)
{
    private readonly TaskCompletionSource<OpenResult> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SessionToken Token { get; } = token;

    public SessionKey Key { get; } = key;

    public string TokenText { get; } = tokenText;

    public Task<OpenResult> Task => _completion.Task;

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
internal sealed class LoadTable
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
        if (_tickets.Count > 0 && _tickets.TryGetValue(key, out var ticket)) ticket.IsInvalid = true;
    }

    /// <summary>False when the load was invalidated and has to run again; then it counts as new.</summary>
    public bool TryFinish(LoadTicket ticket)
    {
        if (ticket.IsInvalid)
        {
            ticket.IsInvalid = false;
            return false;
        }

        _tickets.Remove(ticket.Key);
        return true;
    }

    public void Abort(LoadTicket ticket) => _tickets.Remove(ticket.Key);
}
