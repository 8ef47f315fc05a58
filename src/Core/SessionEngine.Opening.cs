using HybridSession.Consistency;
using HybridSession.Hot;
using HybridSession.Resilience;

namespace HybridSession;

// From a token to its session: memory, then the store, then the node that has what the client saw and the row lacks.
internal sealed partial class SessionEngine
{
    /// <summary>
    /// Looks in memory only, without allocating. False when a load is needed.
    /// True with a null session when memory knows that the session has expired.
    /// </summary>
    /// <param name="tokenText">The token.</param>
    /// <param name="stamp">What the client has seen.</param>
    /// <param name="result">The session, or why there is none.</param>
    /// <param name="extends">Whether to slide the idle expiry of what is found.</param>
    public bool TryOpenHot(ReadOnlySpan<char> tokenText, SessionStamp stamp, out OpenResult result, bool extends = true)
    {
        result = default;
        if (!_hot.TryGet(tokenText, out var session) || session is null || session.IsEnded || !MayServe(session, stamp)) return false;
        result = Use(session, SessionOrigin.Memory);
        if (extends && result.Session is not null) Extend(session);
        return true;
    }

    /// <summary>
    /// Opens by memory or, single-flight and batched with other misses, by the store. What the client has seen and the row lacks is fetched
    /// from the node that has it.
    /// </summary>
    /// <exception cref="BackingStoreException">The store could not be asked.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, or <see cref="SessionEngineOptions.IOTimeout"/> has passed.</exception>
    /// <param name="token">The token.</param>
    /// <param name="stamp">What the client has seen.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="extends">Whether to slide the idle expiry of what is found.</param>
    public async ValueTask<OpenResult> OpenAsync(SessionToken token, SessionStamp stamp, CancellationToken cancellationToken, bool extends = true)
    {
        var result = await OpenAsync(token, stamp, mustRead: false, cancellationToken).ConfigureAwait(false);
        if (extends && result.Session is { } session) Extend(session);
        return result;
    }

    // With a read that begins now, when the row must be looked at whatever is in memory.
    private async ValueTask<OpenResult> OpenAsync(SessionToken token, SessionStamp stamp, bool mustRead, CancellationToken cancellationToken)
    {
        var key = token.ToKey();
        if (_ended.TryGet(key, _clock.NowMs, out var reason)) return new OpenResult(null, reason);
        if (_removals.Contains(key)) return new OpenResult(null, SessionOrigin.Removed);

        var tokenText = token.Encode();
        var found = ShardOf(key).Find(key, tokenText);
        if (!mustRead && found is not null && MayServe(found, stamp)) return Use(found, SessionOrigin.Memory);
        if (_circuit.IsAway) throw StoreCircuit.Refusal();

        OpenResult result;
        try
        {
            result = await ReadAsync(token, key, tokenText, stamp, mustRead || found is not null, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (!mustRead && found is not null && IsStoreFailure(failure, cancellationToken) && !found.IsEnded && _cluster!.MayServeUnread(found, stamp))
        {
            // Nobody is known to have changed it, and nobody can be asked: as good as what an open circuit would leave.
            return Use(found, SessionOrigin.Memory);
        }

        if (result.Session is not { } session) return result;
        return _cluster is null || _cluster.IsFresh(session, stamp)
            ? Use(session, result.Origin)
            : await CatchUpAsync(token, key, tokenText, stamp, session, cancellationToken).ConfigureAwait(false);
    }

    // True when a copy in memory may serve as it is. One that has expired here may have been used elsewhere.
    private bool MayServe(LiveSession session, SessionStamp stamp) =>
        _cluster is not { } cluster
        || (cluster.MayServe(session, stamp, _circuit.IsAway)
            && (!cluster.Peers.HasOthers || session.IsQueued || _expiration.Judge(_clock.NowMs, session.Lifespan) is null));

    private static bool IsStoreFailure(Exception failure, CancellationToken cancellationToken) =>
        failure is BackingStoreException || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    // A read that began after this call, or a copy that needs none.
    private async ValueTask<OpenResult> ReadAsync(SessionToken token, SessionKey key, string tokenText, SessionStamp stamp, bool mustRead, CancellationToken cancellationToken)
    {
        var arrival = _cluster?.Marks.Now ?? 0;
        while (true)
        {
            var result = await _loadGate.RunAsync(
                static (load, cancellation) => load.Engine.LoadAsync(load.token, load.key, load.tokenText, load.mustRead, cancellation), (Engine: this, token, key, tokenText, mustRead), cancellationToken).ConfigureAwait(false);
            if (result.Session is not { } session || session.ReadAt > arrival || (!mustRead && MayServe(session, stamp))) return result;
            // A load that had begun before.
            mustRead = true;
        }
    }

    private async ValueTask<OpenResult> LoadAsync(SessionToken token, SessionKey key, string tokenText, bool mustRead, CancellationToken cancellationToken)
    {
        var found = ShardOf(key).FindOrLoad(token, key, tokenText, mustRead, out var ticket, out var isNewTicket);
        if (found is not null) return new OpenResult(found, SessionOrigin.Memory);
        if (isNewTicket) _loader.Enqueue(ticket!);
        return await WithinIOTimeout(ticket!.Task, "load a session", cancellationToken).ConfigureAwait(false);
    }
}
