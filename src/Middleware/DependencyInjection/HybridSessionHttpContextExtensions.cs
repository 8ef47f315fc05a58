using HybridSession.Middleware;
using Microsoft.AspNetCore.Http.Features;

namespace Microsoft.AspNetCore.Http;

/// <summary>Gets the session with all that HybridSession adds to it.</summary>
public static class HybridSessionHttpContextExtensions
{
    /// <summary>The session of this request.</summary>
    /// <param name="context">The request.</param>
    /// <exception cref="InvalidOperationException">The middleware did not run for this request, sessions are switched off, or the session was replaced by another kind.</exception>
    public static IHybridSession GetHybridSession(this HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var feature = context.Features.Get<ISessionFeature>()
            ?? throw new InvalidOperationException("This request has no session. Put app.UseHybridSession() before the middleware that asks for it, and see that HybridSession:Enabled is not false.");
        return feature.Session as IHybridSession
            ?? throw new InvalidOperationException($"The session of this request is {feature.Session?.GetType().Name ?? "null"}, not one of HybridSession. Something after app.UseHybridSession() replaced it, such as app.UseSession().");
    }

    /// <summary>A reference by which the session of this request can be opened when the request is over, with <see cref="ISessionAccessor"/>.</summary>
    /// <param name="context">The request.</param>
    /// <returns>Null when the session is not stored yet: a new one is once <c>CommitAsync</c> has completed.</returns>
    /// <exception cref="InvalidOperationException">As <see cref="GetHybridSession"/>.</exception>
    public static SessionReference? GetSessionReference(this HttpContext context) =>
        GetHybridSession(context) is HybridRequestSession { Shared: { IsStored: true, IsEnded: false } live } ? new SessionReference(live) : null;
}
