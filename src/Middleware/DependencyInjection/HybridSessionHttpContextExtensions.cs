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
}
