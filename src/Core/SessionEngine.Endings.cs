using HybridSession.Diagnostics;
using HybridSession.Expiration;
using HybridSession.Hot;
using HybridSession.Payload;
using HybridSession.Users;

namespace HybridSession;

// Removal and the change of a token: both end a session, and both wait for the store.
internal sealed partial class SessionEngine
{
    private const int MaxRekeyAttempts = 8;

    /// <summary>Removes the session from memory at once and from the store; completes when the row is gone.</summary>
    /// <exception cref="BackingStoreException">The store failed. This node treats the session as removed and repeats the removal; other nodes may still open it until then.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, or <see cref="SessionEngineOptions.IOTimeout"/> has passed; as above.</exception>
    public async ValueTask RemoveAsync(LiveSession session, CancellationToken cancellationToken)
    {
        if (!ShardOf(session.Key).End(session, SessionOrigin.Removed, out var wasStored) || !wasStored) return;
        var key = session.Key;
        _removals.Add(key, _clock.NowMs);
        await WithinIOTimeout(RemoveRowAsync(key), "remove a session", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Moves the content to a new session with a fresh token, in one guarded transaction; the old token is dead when it completes.
    /// A session that is not stored yet just gets a fresh token. Null when the session was removed meanwhile.
    /// </summary>
    /// <exception cref="BackingStoreException">The store failed; the session keeps its token, unless the failure's outcome is unknown: then the old token may be dead.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, or <see cref="SessionEngineOptions.IOTimeout"/> has passed.</exception>
    public async ValueTask<LiveSession?> RegenerateAsync(LiveSession session, CancellationToken cancellationToken)
    {
        if (session.IsEnded) return null;
        if (!session.IsStored && (session.IsQueued || session.IsInFlight)) await BirthAsync(session, cancellationToken).ConfigureAwait(false);
        if (!session.IsStored)
        {
            ShardOf(session.Key).Retoken(session);
            return session;
        }

        return await WithinIOTimeout(stop => MoveAsync(session, stop), "replace a session's token", cancellationToken).ConfigureAwait(false);
    }

    private async Task<LiveSession?> MoveAsync(LiveSession session, CancellationToken cancellationToken)
    {
        List<Move> uncertain = [];
        try
        {
            for (var attempt = 0; attempt < MaxRekeyAttempts; attempt++)
            {
                (session, var snapshot, var baseVersion) = ShardOf(session.Key).BeginMove(session);
                var (replacement, outcome) = await TryRekeyAsync(session, snapshot, baseVersion, uncertain, cancellationToken).ConfigureAwait(false);
                switch (outcome.Kind)
                {
                    case FlushOutcomeKind.Written:
                        return replacement;
                    case FlushOutcomeKind.Gone:
                        ShardOf(session.Key).End(session, SessionOrigin.Removed, out _);
                        return null;
                    default:
                        if (!ShardOf(session.Key).TryRebase(session, outcome.Current!))
                            throw new BackingStoreException("The session's token was not replaced: its stored payload is damaged or of an unknown format.", BackingStoreFailure.Data, outcomeUnknown: false, null);
                        // This node's own flush is under way: after it, the base is right.
                        await CommitAsync(session, Durability.Durable, cancellationToken).ConfigureAwait(false);
                        break;
                }
            }

            throw new BackingStoreException($"The session's token was not replaced: its row changed {MaxRekeyAttempts} times meanwhile. Try again.", BackingStoreFailure.Transient, outcomeUnknown: false, null);
        }
        catch (Exception failure) when (failure is OperationCanceledException or BackingStoreException { OutcomeUnknown: true })
        {
            // The row may have moved: the copy in memory is not to outlive it.
            ShardOf(session.Key).Distrust(session.Key, session.TokenText);
            throw;
        }
        catch (BackingStoreException failure) when (uncertain.Count > 0)
        {
            ShardOf(session.Key).Distrust(session.Key, session.TokenText);
            throw new BackingStoreException("The answer to replacing the session's token was lost, and another attempt failed. The old token may be dead.", failure.Failure, outcomeUnknown: true, failure);
        }
    }

    // What one attempt to replace a token puts under the new key.
    private sealed record Move(SessionToken Token, SessionKey Key, PackedSession Snapshot, long ExpiresAtMs);

    private async ValueTask<(LiveSession? Replacement, FlushOutcome Outcome)> TryRekeyAsync(
        LiveSession session, PackedSession snapshot, long baseVersion, List<Move> uncertain, CancellationToken cancellationToken)
    {
        var token = SessionToken.Create();
        var move = new Move(token, token.ToKey(), snapshot, _expiration.ExpiresAtMs(session.Lifespan with { Terms = SessionTerms.Read(snapshot) }));
        Move? moved = null;
        try
        {
            (var outcome, moved) = await RekeyAsync(session.Key, session.IsEnded, baseVersion, move, uncertain, cancellationToken).ConfigureAwait(false);
            if (moved is null) return (null, outcome);
        }
        finally
        {
            if (moved is null) ShardOf(session.Key).CancelMove(session);
        }

        _quarantine.Moved(session, moved.Key);
        ShardOf(session.Key).EndReplaced(session, moved.Snapshot, out var later, out var waiter);
        var replacement = new LiveSession(moved.Token, moved.Key, moved.Token.Encode(), later ?? moved.Snapshot, moved.Snapshot.Version, session.CreatedMs, session.LastAccessMs, moved.ExpiresAtMs)
        {
            Waiter = later is null ? null : waiter,
            Transient = session.Transient,
        };
        if (_cluster is { } cluster) replacement.WasRead(cluster.Marks.Now);
        if (session.Updates is { } updates)
        {
            updates.Stored(moved.Snapshot.Version);
            replacement.RememberUpdates(updates);
        }

        ShardOf(moved.Key).Install(replacement, isDirty: later is not null);
        _watches.Moved(session.Key, replacement);
        if (later is null) waiter?.TrySetResult();
        return (replacement, FlushOutcome.Written);
    }

    // The move that took effect, which may be an earlier one whose answer was lost; null when none did.
    private async ValueTask<(FlushOutcome Outcome, Move? Moved)> RekeyAsync(
        SessionKey oldKey, bool isEnded, long baseVersion, Move move, List<Move> uncertain, CancellationToken cancellationToken)
    {
        var write = new SessionWrite(move.Key, move.Snapshot.Bytes, move.Snapshot.Version, BaseVersion: 0, TimeSpan.FromMilliseconds(move.ExpiresAtMs - _clock.NowMs)) { UserId = SessionUser.Of(move.Snapshot) };
        try
        {
            // Ended by a flush that found no row, as after an earlier attempt that ran on.
            var outcome = isEnded ? FlushOutcome.Gone : await _store.RekeyAsync(oldKey, baseVersion, write, cancellationToken).ConfigureAwait(false);
            if (outcome.Kind != FlushOutcomeKind.Gone || uncertain.Count == 0) return (outcome, outcome.Kind == FlushOutcomeKind.Written ? move : null);
        }
        catch (BackingStoreException failure) when (failure.OutcomeUnknown)
        {
            uncertain.Add(move);
            var (outcome, moved) = await ReadRekeyOutcomeAsync(oldKey, uncertain, cancellationToken).ConfigureAwait(false);
            if (moved is null) Log.RekeyUncertain(_logger, oldKey, failure);
            return (outcome, moved);
        }

        return await ReadRekeyOutcomeAsync(oldKey, uncertain, cancellationToken).ConfigureAwait(false);
    }

    // An answer was lost: the rows say what happened. Not moved means another attempt, under yet another token; the statement may run on all the same.
    private async ValueTask<(FlushOutcome Outcome, Move? Moved)> ReadRekeyOutcomeAsync(SessionKey oldKey, List<Move> uncertain, CancellationToken cancellationToken)
    {
        StoredSession?[] rows;
        try
        {
            rows = await _store.LoadAsync([oldKey, .. uncertain.Select(static move => move.Key)], cancellationToken).ConfigureAwait(false);
        }
        catch (BackingStoreException unread)
        {
            throw new BackingStoreException("The answer to replacing the session's token was lost, and the store could not be asked what came of it. The old token may be dead.", unread.Failure, outcomeUnknown: true, unread);
        }

        for (var i = 0; i < uncertain.Count; i++)
            if (rows[i + 1] is not null) return (FlushOutcome.Written, uncertain[i]);
        return (rows[0] is { } old ? FlushOutcome.Conflict(old) : FlushOutcome.Gone, null);
    }

    private async Task RemoveRowAsync(SessionKey key)
    {
        try
        {
            await _store.RemoveAsync(key, CancellationToken.None).ConfigureAwait(false);
            _removals.Done(key);
        }
        catch (Exception failure)
        {
            Log.RemovalFailed(_logger, key, failure);
            throw;
        }
    }
}
