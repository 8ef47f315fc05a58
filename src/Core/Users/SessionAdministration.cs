namespace HybridSession.Users;

/// <summary>Checks what it is asked, and asks the engine.</summary>
internal sealed class SessionAdministration(SessionEngine engine) : ISessionAdministration
{
    public async ValueTask<IReadOnlyList<SessionInfo>> FindByUserAsync(string userId, int max = 100, string? after = null, CancellationToken cancellationToken = default)
    {
        UserIds.Encode(userId);
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        var found = await engine.FindByUserAsync(userId, max, after, cancellationToken).ConfigureAwait(false);
        return [.. found.Select(static session => new SessionInfo(session.Key.ToPublicId(), session.Age, session.ExpiresIn))];
    }

    public ValueTask<long> CountByUserAsync(string userId, CancellationToken cancellationToken = default)
    {
        UserIds.Encode(userId);
        return engine.CountByUserAsync(userId, cancellationToken);
    }

    public ValueTask<long> CountAsync(CancellationToken cancellationToken = default) => engine.CountAsync(cancellationToken);

    public async ValueTask<bool> RevokeAsync(string id, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        return SessionKey.IsPublicId(id) && await engine.RevokeAsync(id, cancellationToken).ConfigureAwait(false) > 0;
    }

    public ValueTask<int> RevokeUserAsync(string userId, string? except = null, CancellationToken cancellationToken = default)
    {
        UserIds.Encode(userId);
        if (except is not null && !SessionKey.IsPublicId(except)) throw new ArgumentException("That is no id of a session: 32 hexadecimal digits.", nameof(except));
        return engine.RevokeUserAsync(userId, except, cancellationToken);
    }
}
