namespace HybridSession;

/// <summary>
/// The sessions of all nodes, for those who look after users: what is open in somebody's name, and its end. Shows ids and times, never a token or what a session holds.
/// Thread-safe, and usable from any node. Only sessions that were bound (<c>IHybridSession.BindToUserAsync</c>) belong to a user.
/// </summary>
/// <remarks>
/// <para>Every member asks the backing store, and throws <see cref="BackingStoreException"/> when it fails, and <see cref="OperationCanceledException"/> when the wait was cancelled or
/// <see cref="SessionEngineOptions.IOTimeout"/> has passed. A removal of which the answer was lost may have happened: call again.</para>
/// <para>What is revoked opens on no node from the moment the call returns, as long as the nodes hear each other, and never comes back.</para>
/// </remarks>
public interface ISessionAdministration
{
    /// <summary>The sessions of a user that have not expired, in the order of their ids.</summary>
    /// <param name="userId">The user, as it was bound.</param>
    /// <param name="max">The most to return; at least 1.</param>
    /// <param name="after">The <see cref="SessionInfo.Id"/> of the last session of the page before; null for the first page.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ArgumentException">The id is empty, or longer than 200 bytes of UTF-8.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="max"/> is below 1.</exception>
    ValueTask<IReadOnlyList<SessionInfo>> FindByUserAsync(string userId, int max = 100, string? after = null, CancellationToken cancellationToken = default);

    /// <summary>Counts the sessions of a user that have not expired.</summary>
    /// <param name="userId">The user, as it was bound.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ArgumentException">The id is empty, or longer than 200 bytes of UTF-8.</exception>
    ValueTask<long> CountByUserAsync(string userId, CancellationToken cancellationToken = default);

    /// <summary>Counts all sessions that have not expired, bound or not. Reads the whole table: not for every request.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<long> CountAsync(CancellationToken cancellationToken = default);

    /// <summary>Ends one session, whoever's it is.</summary>
    /// <param name="id">Its public id: <see cref="SessionInfo.Id"/>, <c>ISession.Id</c>.</param>
    /// <param name="cancellationToken">Ends the wait, not the removal.</param>
    /// <returns>False when there is no such session; a session whose token was replaced has another id since.</returns>
    ValueTask<bool> RevokeAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Ends all sessions of a user. What is bound to the user afterwards is a new sign-in; a request that began on a revoked session binds nothing.</summary>
    /// <param name="userId">The user, as it was bound.</param>
    /// <param name="except">The public id of one that stays; null for none.</param>
    /// <param name="cancellationToken">Ends the wait, not the removal.</param>
    /// <returns>How many sessions were ended.</returns>
    /// <exception cref="ArgumentException">The id is empty, or longer than 200 bytes of UTF-8; or <paramref name="except"/> is no public id.</exception>
    ValueTask<int> RevokeUserAsync(string userId, string? except = null, CancellationToken cancellationToken = default);
}

/// <summary>A session, without its content.</summary>
/// <param name="Id">Its public id: <c>ISession.Id</c>, safe to show.</param>
/// <param name="Age">Time since it began, by the store's clock; a new token does not begin it anew.</param>
/// <param name="ExpiresIn">Time until it ends when nobody uses it, by the store's clock; of a session in use up to a tenth of <see cref="SessionEngineOptions.IdleTimeout"/> less than it really has.</param>
public sealed record SessionInfo(string Id, TimeSpan Age, TimeSpan ExpiresIn);
