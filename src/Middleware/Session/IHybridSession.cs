using Microsoft.AspNetCore.Http;

namespace HybridSession.Middleware;

/// <summary>The session of a request, with what <see cref="ISession"/> leaves out. Got by <c>HttpContext.GetHybridSession()</c>.</summary>
public partial interface IHybridSession : ISession
{
    /// <summary>Where the session was found, or why it is new.</summary>
    SessionOrigin Origin { get; }

    /// <summary>True when the request did not bring a valid session. It is stored, and its client given a token, only if the request sets something.</summary>
    bool IsNew { get; }

    /// <summary>
    /// Cancelled when the session is removed or found expired, on whichever node that happens: for what is kept open in its name, such as a WebSocket or server-sent events.
    /// Asking for it costs a little until the request ends. A session that is not stored yet cannot be removed: its token is never cancelled. A new token (<see cref="RegenerateIdAsync"/>)
    /// on this node does not cancel it; on another node it may, since this one cannot tell that from a removal.
    /// </summary>
    CancellationToken Removed { get; }

    /// <summary>The longest pause between two requests of this session before it expires, in place of <see cref="SessionEngineOptions.IdleTimeout"/>; null for that.</summary>
    /// <value>Null, or between 1 second and 400 days. Kept with the session, on every node and under a new token. Of a new session, once it is established.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside the range.</exception>
    TimeSpan? IdleTimeout { get; set; }

    /// <summary>The longest life of this session, counted from its beginning, in place of <see cref="SessionEngineOptions.AbsoluteLifetime"/>; null for that.</summary>
    /// <value>Null, <see cref="Timeout.InfiniteTimeSpan"/> for no limit, or between 1 second and 400 days. Kept as <see cref="IdleTimeout"/> is.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside the range.</exception>
    TimeSpan? AbsoluteLifetime { get; set; }

    /// <summary>How long the cookie of this session outlives the browser, in place of the <c>MaxAge</c> of <see cref="HybridSessionOptions.Cookie"/>; null for that.</summary>
    /// <value>
    /// Null, or between 1 second and 400 days. Kept as <see cref="IdleTimeout"/> is. The cookie is sent with the response in which this changes, unless that has
    /// started, and again as the session slides. It says how long the browser keeps the token, not how long the session lives.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside the range.</exception>
    TimeSpan? CookieMaxAge { get; set; }

    /// <summary>
    /// Computes a value from the one before, in one step: no change of another request comes in between, as between a read and a <c>Set</c>. When another node turns out to have changed
    /// the key at the same time, it is computed again from the value of that node, later and on another thread.
    /// </summary>
    /// <param name="key">Of the value.</param>
    /// <param name="change">
    /// Gets the value, or null when the key has none, and returns the new one, or null to remove the key. It may run several times: it must depend on nothing else, change nothing else, not use the session,
    /// and be quick. What it throws reaches the caller and changes nothing; when it throws on another node's value, the later of the two changes stays.
    /// At most 256 updates of a key are remembered until they are stored; beyond them the later of two nodes' changes stays.
    /// </param>
    /// <returns>The value that it made. With <see cref="HybridSessionOptions.CommitOnException"/> off, the one that it will make unless other requests change the key meanwhile.</returns>
    /// <exception cref="SessionLimitException">The value would break a limit; nothing is changed.</exception>
    /// <exception cref="InvalidOperationException">The session is new and the response has started.</exception>
    byte[]? Update(string key, Func<byte[]?, byte[]?> change);

    /// <summary>Adds to a number in one step, as <see cref="Update"/> does. Reads and writes what <c>SetInt32</c> and <c>GetInt32</c> do, and 8 bytes when the sum does not fit.</summary>
    /// <param name="key">Of the number; without a value it counts as 0.</param>
    /// <param name="by">What to add.</param>
    /// <returns>The sum.</returns>
    /// <exception cref="InvalidOperationException">The value is no number; or the session is new and the response has started.</exception>
    /// <exception cref="OverflowException">The sum does not fit 64 bits.</exception>
    long Increment(string key, long by = 1);

    /// <summary>
    /// Gives the session a new token and id and keeps its content; when it completes, the old token opens nothing. Call it when a user signs in.
    /// A session that is not established yet has no token to replace. One that was removed meanwhile goes on as a new, empty session.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait; the outcome is then unknown.</param>
    /// <exception cref="InvalidOperationException">The response has started: the client could not be told.</exception>
    /// <exception cref="BackingStoreException">The store refused, or the session could not be loaded.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, or not done within <see cref="SessionEngineOptions.IOTimeout"/>.</exception>
    Task RegenerateIdAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Ends the session everywhere and makes the client forget its token, if the response has not started. Call it when a user signs out.
    /// Something set afterwards in the same request begins another session.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait; the outcome is then unknown.</param>
    /// <exception cref="BackingStoreException">The store refused, or the session could not be loaded; the client forgets its token all the same.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, or not done within <see cref="SessionEngineOptions.IOTimeout"/>.</exception>
    Task AbandonAsync(CancellationToken cancellationToken = default);

    /// <summary>Whom the session is bound to, as <see cref="BindToUserAsync"/> was told; null for nobody.</summary>
    string? UserId { get; }

    /// <summary>
    /// Binds the session to a user, so that it is found, counted and revoked by that user (<see cref="ISessionAdministration"/>). Committed when it completes, at any durability.
    /// Establishes the session if it is new. Call it when a user signs in, after <see cref="RegenerateIdAsync"/>.
    /// </summary>
    /// <param name="userId">The user: 1 to 200 bytes of UTF-8 without U+0000. Stored as it is, beside the session; where the database may not show it, give a keyed hash of it.</param>
    /// <param name="cancellationToken">Ends the wait; the outcome is then unknown.</param>
    /// <exception cref="ArgumentException">That is no id of a user.</exception>
    /// <exception cref="InvalidOperationException">The session is bound to another user (end it by <see cref="AbandonAsync"/> first), or it is new and the response has started.</exception>
    /// <exception cref="SessionEndedException">The session that this request began with was removed meanwhile. Nothing is bound: a revoked session does not come back under another token.</exception>
    /// <exception cref="UserLimitException">The user has <see cref="UserOptions.MaxSessionsPerUser"/> sessions, and <see cref="UserOptions.AtLimit"/> is <see cref="UserLimitBehavior.Refuse"/>.</exception>
    /// <exception cref="BackingStoreException">The store refused, or the session could not be loaded.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, or not done within <see cref="SessionEngineOptions.IOTimeout"/>.</exception>
    Task BindToUserAsync(string userId, CancellationToken cancellationToken = default);

    /// <summary>Binds the session to nobody, and keeps its content. Committed when it completes. To end it at a sign-out, use <see cref="AbandonAsync"/> instead.</summary>
    /// <param name="cancellationToken">Ends the wait; the outcome is then unknown.</param>
    /// <exception cref="BackingStoreException">The store refused, or the session could not be loaded.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, or not done within <see cref="SessionEngineOptions.IOTimeout"/>.</exception>
    Task UnbindAsync(CancellationToken cancellationToken = default);

    /// <summary>Ends all other sessions of this session's user on all nodes: "sign out everywhere else".</summary>
    /// <param name="cancellationToken">Ends the wait, not the removal.</param>
    /// <returns>How many were ended; 0 when the session is bound to nobody.</returns>
    /// <exception cref="BackingStoreException">The store refused, or the session could not be loaded.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, or not done within <see cref="SessionEngineOptions.IOTimeout"/>.</exception>
    Task<int> RevokeOthersAsync(CancellationToken cancellationToken = default);

    /// <summary>Waits until the changes made so far have reached a level. <see cref="ISession.CommitAsync"/> waits for <see cref="Durability.Durable"/>.</summary>
    /// <param name="durability">The level.</param>
    /// <param name="cancellationToken">Ends the wait, not the storing.</param>
    /// <exception cref="BackingStoreException">The store failed, or the session could not be loaded.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, or not done within <see cref="SessionEngineOptions.IOTimeout"/>.</exception>
    Task CommitAsync(Durability durability, CancellationToken cancellationToken = default);
}
