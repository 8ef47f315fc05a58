namespace HybridSession.Middleware;

/// <summary>Opens sessions outside of their requests. A service of the application; thread-safe.</summary>
public interface ISessionAccessor
{
    /// <summary>Opens a session: from memory, or by a load.</summary>
    /// <param name="reference">Which one.</param>
    /// <param name="extends">Whether this counts as a use, which puts off the end of the session.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The session, to be disposed when its changes are made; null when it is over, or goes on under another token.</returns>
    /// <exception cref="BackingStoreException">The store could not be asked.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, or not done within <see cref="SessionEngineOptions.IOTimeout"/>.</exception>
    /// <exception cref="InvalidOperationException">Sessions are switched off.</exception>
    ValueTask<IOpenedSession?> OpenAsync(SessionReference reference, bool extends = true, CancellationToken cancellationToken = default);
}
