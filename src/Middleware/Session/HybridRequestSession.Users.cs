using HybridSession.Hot;
using HybridSession.Users;

namespace HybridSession.Middleware;

/// <content>Whose the session is.</content>
internal sealed partial class HybridRequestSession
{
    // The session that the request began with was removed by somebody else: what comes in its place is bound to nobody.
    private bool _isBarred;

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

    private static SessionEndedException Ended() =>
        new("The session that this request began with was removed, or its token was replaced, while the request was under way. Nothing was bound. Let the user sign in again.");

    // Where only its token was replaced, its client has another one already, and may go on with a session of its own here.
    private void LoseLive()
    {
        _isBarred |= _live is { } live && !_services.Engine.WasReplaced(live);
        BecomeNew(SessionOrigin.Removed);
    }
}
