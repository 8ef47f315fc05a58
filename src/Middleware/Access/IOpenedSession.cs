using Microsoft.AspNetCore.Http;

namespace HybridSession.Middleware;

/// <summary>
/// A session that was opened outside of a request. What it changes is visible at once to all requests of this node, and stored as a request's changes are. Its content is shared and thread-safe.
/// Open it for a piece of work and dispose it, rather than keeping it: on a site of several nodes only opening it looks for what others have changed.
/// </summary>
/// <remarks>
/// Disposing waits as the end of a request does: for the durability of the application, and on a site of several nodes until the changes are stored, since no client is told which node has them.
/// </remarks>
public interface IOpenedSession : ISession, IAsyncDisposable
{
    /// <summary>Cancelled when the session is removed or found expired, on whichever node that happens.</summary>
    CancellationToken Removed { get; }

    /// <inheritdoc cref="IHybridSession.Update"/>
    byte[]? Update(string key, Func<byte[]?, byte[]?> change);

    /// <inheritdoc cref="IHybridSession.Increment"/>
    long Increment(string key, long by = 1);

    /// <inheritdoc cref="IHybridSession.CommitAsync(Durability, CancellationToken)"/>
    Task CommitAsync(Durability durability, CancellationToken cancellationToken = default);
}
