using Microsoft.Extensions.Options;

namespace HybridSession.Middleware;

/// <summary>Opens sessions by reference: as a request does whose client shows no stamp.</summary>
internal sealed class SessionAccessor(SessionEngine engine, IOptions<HybridSessionOptions> options) : ISessionAccessor
{
    public async ValueTask<IOpenedSession?> OpenAsync(SessionReference reference, bool extends = true, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        if (!options.Value.Enabled) throw new InvalidOperationException("There are no sessions: HybridSession:Enabled is false.");
        if (!engine.TryOpenHot(reference.TokenText, default, out var opened, extends))
            opened = await engine.OpenAsync(reference.Token, default, cancellationToken, extends).ConfigureAwait(false);
        return opened.Session is { } live ? new OpenedSession(engine, live) : null;
    }
}
