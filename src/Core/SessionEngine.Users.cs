using HybridSession.Hot;
using HybridSession.Payload;
using HybridSession.Users;

namespace HybridSession;

// Whose the sessions are. A bind goes past the flush, since it has to be decided in the store: by one statement that knows of all the user's sessions.
internal sealed partial class SessionEngine
{
    private const int MaxBindAttempts = 8;

    /// <summary>Binds the session to a user, or to nobody; stored when it completes. A new session is stored first.</summary>
    /// <param name="session">The session.</param>
    /// <param name="userId">The user; null for nobody.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ArgumentException">The id is none.</exception>
    /// <exception cref="BackingStoreException">The store failed; whether the session is bound is unknown when the failure says so.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, or <see cref="SessionEngineOptions.IOTimeout"/> has passed; as above.</exception>
    public async ValueTask<BindResult> BindAsync(LiveSession session, string? userId, CancellationToken cancellationToken)
    {
        var encoded = userId is null ? [] : UserIds.Encode(userId);
        if (session.IsEnded) return BindResult.Ended;
        if (!session.IsStored) await BirthAsync(session, cancellationToken).ConfigureAwait(false);
        return await WithinIOTimeout(stop => BindRowAsync(session, userId, encoded, stop), "bind a session to a user", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>True when the session ended a moment ago because its token was replaced: it goes on under another one.</summary>
    public bool WasReplaced(LiveSession session) => _ended.TryGet(session.Key, _clock.NowMs, out var reason) && reason == SessionOrigin.Replaced;

    /// <summary>Counts a request that was not given the session of another user.</summary>
    public void RefusedOtherUser() => _metrics.RefusedOtherUser();

    public async ValueTask<IReadOnlyList<UserSession>> FindByUserAsync(string userId, int max, string? after, CancellationToken cancellationToken) =>
        await WithinIOTimeout(stop => _store.FindByUserAsync(userId, max, after, stop).AsTask(), "find the sessions of a user", cancellationToken).ConfigureAwait(false);

    public async ValueTask<long> CountByUserAsync(string userId, CancellationToken cancellationToken) =>
        await WithinIOTimeout(stop => _store.CountByUserAsync(userId, stop).AsTask(), "count the sessions of a user", cancellationToken).ConfigureAwait(false);

    /// <summary>Not within <see cref="SessionEngineOptions.IOTimeout"/>: whoever counts a large table has time.</summary>
    public ValueTask<long> CountAsync(CancellationToken cancellationToken) => _store.CountAsync(cancellationToken);

    /// <summary>Removes all sessions of a user, on all nodes.</summary>
    /// <returns>How many.</returns>
    /// <exception cref="BackingStoreException">The store failed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, or <see cref="SessionEngineOptions.IOTimeout"/> has passed; what is removed later ends everywhere too.</exception>
    public async ValueTask<int> RevokeUserAsync(string userId, string? except, CancellationToken cancellationToken) =>
        await WithinIOTimeout(RemoveAllAsync(() => _store.RemoveByUserAsync(userId, except, CancellationToken.None), () => _hot.Find(userId)), "remove the sessions of a user", cancellationToken).ConfigureAwait(false);

    /// <summary>Removes the session with a public id, on all nodes.</summary>
    /// <inheritdoc cref="RevokeUserAsync"/>
    public async ValueTask<int> RevokeAsync(string publicId, CancellationToken cancellationToken) =>
        await WithinIOTimeout(RemoveAllAsync(() => _store.RemoveByPublicIdAsync(publicId, CancellationToken.None), () => FindHot(publicId)), "remove a session", cancellationToken).ConfigureAwait(false);

    private async Task<BindResult> BindRowAsync(LiveSession session, string? userId, byte[] encoded, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxBindAttempts; attempt++)
        {
            var version = Reserve(ref session, out var before, out var baseVersion);
            if (session.IsEnded) return BindResult.Ended;
            if (userId is not null && SessionUser.Of(before) is { } present && present != userId) return BindResult.OtherUser;

            var bound = SessionUser.With(before, encoded, version, Node);
            if (bound.Version != version) bound = before.WithTip(version, Node);
            var expiresAt = _expiration.ExpiresAtMs(session.Lifespan);
            var write = new SessionWrite(session.Key, bound.Bytes, version, baseVersion, TimeSpan.FromMilliseconds(expiresAt - _clock.NowMs)) { UserId = userId };
            var outcome = await WriteBindingAsync(session, write, cancellationToken).ConfigureAwait(false);
            switch (outcome.Kind)
            {
                case BindOutcomeKind.Bound:
                    ShardOf(session.Key).WasStored(session, bound, expiresAt);
                    EndAll(outcome.Dropped);
                    return BindResult.Bound;
                case BindOutcomeKind.LimitReached:
                    return BindResult.LimitReached;
                case BindOutcomeKind.Gone:
                    ShardOf(session.Key).WasGone(session);
                    return BindResult.Ended;
                default:
                    if (!ShardOf(session.Key).TryRebase(session, outcome.Current!))
                        throw new BackingStoreException("The session was not bound: its stored payload is damaged or of an unknown format.", BackingStoreFailure.Data, outcomeUnknown: false, null);
                    // This node's own flush is under way: after it, the base is right.
                    await CommitAsync(session, Durability.Durable, cancellationToken).ConfigureAwait(false);
                    break;
            }
        }

        throw new BackingStoreException($"The session was not bound: its row changed {MaxBindAttempts} times meanwhile. Try again.", BackingStoreFailure.Transient, outcomeUnknown: false, null);
    }

    // A version of its own for what is to be stored: memory counts it, and does not show its content before that is stored.
    private long Reserve(ref LiveSession session, out PackedSession before, out long baseVersion)
    {
        while (true)
        {
            (session, before, baseVersion) = ShardOf(session.Key).Look(session);
            if (session.IsEnded) return 0;
            var version = NextVersion(session, before, 0);
            if (session.TryReplace(before, before.WithTip(version, Node)) && TryMarkDirty(ref session)) return version;
        }
    }

    private async Task<BindOutcome> WriteBindingAsync(LiveSession session, SessionWrite write, CancellationToken cancellationToken)
    {
        var limit = write.UserId is null ? null : Options.Users.MaxSessionsPerUser;
        try
        {
            return await _store.BindAsync(new SessionBinding(write, limit, Options.Users.AtLimit == UserLimitBehavior.DropOldest), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is OperationCanceledException or BackingStoreException { OutcomeUnknown: true })
        {
            // It may be bound, and others dropped for it: what memory holds of them is not to outlive that.
            ShardOf(session.Key).Distrust(session.Key, session.TokenText);
            if (limit is not null) DistrustAll(_hot.Find(write.UserId!));
            throw;
        }
    }

    private async Task<int> RemoveAllAsync(Func<ValueTask<IReadOnlyList<SessionKey>>> remove, Func<IEnumerable<LiveSession>> inMemory)
    {
        IReadOnlyList<SessionKey> removed;
        try
        {
            removed = await remove().ConfigureAwait(false);
        }
        catch (BackingStoreException failure) when (failure.OutcomeUnknown)
        {
            DistrustAll(inMemory());
            throw;
        }

        EndAll(removed);
        return removed.Count;
    }

    // First none can come into memory any more; then those go that are there.
    private void EndAll(IReadOnlyList<SessionKey> keys)
    {
        if (keys.Count == 0) return;
        foreach (var key in keys) ShardOf(key).Bar(key);
        foreach (var session in _hot.Find([.. keys])) ShardOf(session.Key).End(session, SessionOrigin.Removed, out _);
    }

    private void DistrustAll(IEnumerable<LiveSession> sessions)
    {
        foreach (var session in sessions) ShardOf(session.Key).Distrust(session.Key, session.TokenText);
    }

    private IEnumerable<LiveSession> FindHot(string publicId) =>
        SessionKey.TryPublicIdRange(publicId, out var lowest, out _) && _hot.Find(lowest.PublicId) is { } session ? [session] : [];
}
