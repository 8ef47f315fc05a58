using HybridSession.Postgres.Users;

namespace HybridSession.Postgres;

// Whose the sessions are.
internal sealed partial class PostgresBackingStore
{
    private readonly SessionBinder _binder;
    private readonly UserSessions _users;

    public ValueTask<BindOutcome> BindAsync(SessionBinding binding, CancellationToken cancellationToken)
    {
        if (binding.Write.IsBirth) throw new ArgumentException("A new session is stored first, and bound then.", nameof(binding));
        return CallAsync(_writes, static () => "Binding a session to a user", (connection, progress, token) => _binder.BindAsync(connection, binding, progress, token), cancellationToken);
    }

    public ValueTask<IReadOnlyList<UserSession>> FindByUserAsync(string userId, int max, string? after, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(userId);
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        return CallAsync(_loads, static () => "Finding the sessions of a user", (connection, _, token) => _users.FindAsync(connection, userId, max, after, token), cancellationToken);
    }

    public ValueTask<long> CountByUserAsync(string userId, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(userId);
        return CallAsync(_loads, static () => "Counting the sessions of a user", (connection, _, token) => _users.CountAsync(connection, userId, token), cancellationToken);
    }

    public ValueTask<long> CountAsync(CancellationToken cancellationToken) =>
        CallAsync(_loads, static () => "Counting the sessions", (connection, _, token) => _users.CountAllAsync(connection, token), cancellationToken);

    public ValueTask<IReadOnlyList<SessionKey>> RemoveByUserAsync(string userId, string? except, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(userId);
        return CallAsync(_writes, static () => "Removing the sessions of a user", (connection, progress, token) => _users.RemoveAsync(connection, userId, except, progress, token), cancellationToken);
    }

    public ValueTask<IReadOnlyList<SessionKey>> RemoveByPublicIdAsync(string publicId, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(publicId);
        return CallAsync(_writes, static () => "Removing a session", (connection, progress, token) => _users.RemoveByIdAsync(connection, publicId, progress, token), cancellationToken);
    }
}
