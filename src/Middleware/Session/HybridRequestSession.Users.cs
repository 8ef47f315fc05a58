using HybridSession.Hot;
using HybridSession.Users;

namespace HybridSession.Middleware;

/// <content>Whose the session is.</content>
internal sealed partial class HybridRequestSession
{
    // The session that the request began with was removed by somebody else: what comes in its place is bound to nobody.
    private bool _isBarred;

    // The application has said in this request whose the session is; HttpContext.User still tells of the time before.
    private bool _isUserSettled;

    public string? UserId => IsAvailable && _live is { IsEnded: false } live ? SessionUser.Of(live.Payload) : null;

    public async Task BindToUserAsync(string userId, CancellationToken cancellationToken = default)
    {
        _ = UserIds.Encode(userId);
        await LoadAsync(cancellationToken).ConfigureAwait(false);
        if (_isBarred) throw Ended();
        if (_isNew) DemandEstablishable();
        // As with a new token: whoever asks by name gets a session of their own.
        if (_origin == SessionOrigin.Replaced) _origin = SessionOrigin.Removed;

        var live = Live;
        var result = await _services.Engine.BindAsync(live, userId, cancellationToken).ConfigureAwait(false);
        // Also when the bind was refused: a stored session whose token nobody gets would only lie there.
        if (_isNew && live is { IsStored: true, IsEnded: false }) _isEstablished = true;
        switch (result)
        {
            case BindResult.Bound:
                _isUserSettled = true;
                break;
            case BindResult.OtherUser:
                throw new InvalidOperationException("The session is bound to another user. End it by AbandonAsync first, so that nothing of the one user is shown to the other.");
            case BindResult.LimitReached:
                throw new UserLimitException(
                    $"The user has {_services.Options.Users.MaxSessionsPerUser} sessions, which is Users:MaxSessionsPerUser; the session was not bound. Revoke one of them, raise the limit, or set Users:AtLimit to DropOldest.");
            default:
                LoseLive();
                throw Ended();
        }
    }

    public async Task UnbindAsync(CancellationToken cancellationToken = default)
    {
        await LoadAsync(cancellationToken).ConfigureAwait(false);
        if (_live is { IsStored: true } live && await _services.Engine.BindAsync(live, null, cancellationToken).ConfigureAwait(false) == BindResult.Ended) LoseLive();
    }

    public async Task<int> RevokeOthersAsync(CancellationToken cancellationToken = default)
    {
        await LoadAsync(cancellationToken).ConfigureAwait(false);
        return UserId is { } userId ? await _services.Engine.RevokeUserAsync(userId, Live.Key.ToPublicId(), cancellationToken).ConfigureAwait(false) : 0;
    }

    /// <summary>A user has signed in: the session is theirs from now on, under a token that nobody has seen before. What belongs to another user ends.</summary>
    public async Task SignInAsync(string userId)
    {
        // Also for a client that goes away meanwhile: half of a sign-in is none.
        var present = UserId;
        if (present == userId) return;
        if (present is not null) await AbandonAsync(CancellationToken.None).ConfigureAwait(false);
        else if (_services.Options.Users.RegenerateOnSignIn) await RegenerateIdAsync(CancellationToken.None).ConfigureAwait(false);
        await BindToUserAsync(userId, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>A user has signed out.</summary>
    public Task SignOutAsync() =>
        _services.Options.Users.OnSignOut == SignOutBehavior.Abandon ? AbandonAsync(CancellationToken.None) : UnbindAsync(CancellationToken.None);

    // At each use, since the request may be authenticated before the session is opened or after it.
    private void RefuseOtherUser()
    {
        if (_depth == 0 || _isUserSettled || _live is not { IsStored: true } live) return;
        if (SessionUser.Of(live.Payload) is not { } bound || ClaimedUser.Of(_context.User, _services.Options.Users) is not { } user || bound == user) return;
        _services.Engine.RefusedOtherUser();
        BecomeNew(SessionOrigin.UserMismatch);
    }

    private static SessionEndedException Ended() =>
        new("The session that this request began with was removed, or its token was replaced, while the request was under way. Nothing was bound. Let the user sign in again.");

    // Where only its token was replaced, its client has another one already, and may go on with a session of its own here.
    private void LoseLive()
    {
        _isBarred |= _live is { } live && !_services.Engine.WasReplaced(live);
        BecomeNew(SessionOrigin.Removed);
    }
}
