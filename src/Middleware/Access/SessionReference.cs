using HybridSession.Hot;

namespace HybridSession.Middleware;

/// <summary>
/// Names one session within this process, so that it can be opened when there is no request: in a SignalR hub, a Blazor circuit, a background task. Got by <c>HttpContext.GetSessionReference()</c>.
/// It opens the session as the client's token does, and shows it to nobody. A new token (<see cref="IHybridSession.RegenerateIdAsync"/>) makes it useless. Thread-safe.
/// </summary>
public sealed class SessionReference
{
    internal SessionReference(LiveSession session) => (Token, TokenText, Id) = (session.Token, session.TokenText, session.Key.ToPublicId());

    /// <summary>The <see cref="Microsoft.AspNetCore.Http.ISession.Id"/> of the session: safe to log.</summary>
    public string Id { get; }

    internal SessionToken Token { get; }

    internal string TokenText { get; }

    /// <inheritdoc/>
    public override string ToString() => $"Session {Id}";
}
