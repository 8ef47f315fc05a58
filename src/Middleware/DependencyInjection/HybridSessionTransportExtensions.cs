using HybridSession;
using HybridSession.Middleware;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Chooses how the token travels.</summary>
public static class HybridSessionTransportExtensions
{
    /// <summary>The header, unless another one is named: <c>Session-Token</c>.</summary>
    public const string DefaultHeaderName = "Session-Token";

    /// <summary>
    /// Lets the token travel in a header, for clients that keep no cookies, such as apps. What a response gives in it, the client sends with its next request; with several nodes
    /// it changes with the session, and a client that goes on sending an old one waits for the database instead. Browsers' scripts on other origins read it only when CORS exposes it.
    /// </summary>
    /// <param name="builder">What <c>AddHybridSession</c> returned.</param>
    /// <param name="name">The header's name.</param>
    /// <param name="keepCookie">Whether clients that do not send the header are served by cookie, as without this call; those that want the header send <c>new</c> in it first.</param>
    /// <exception cref="ArgumentException"><paramref name="name"/> is no name of a header.</exception>
    public static IHybridSessionBuilder UseTokenHeader(this IHybridSessionBuilder builder, string name = DefaultHeaderName, bool keepCookie = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.Any(static c => !char.IsAsciiLetterOrDigit(c) && !"!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal)))
            throw new ArgumentException($"\"{name}\" is no name of a header: letters, digits and hyphens make one, such as {DefaultHeaderName}.", nameof(name));

        var header = new SessionHeader(name);
        if (!keepCookie)
        {
            builder.Services.Replace(ServiceDescriptor.Singleton<ISessionTokenTransport>(new SessionHeaderTransport(header)));
            return builder;
        }

        builder.Services.TryAddSingleton<CookieTokenTransport>();
        builder.Services.Replace(ServiceDescriptor.Singleton<ISessionTokenTransport>(provider => new SessionHeaderTransport(header, provider.GetRequiredService<CookieTokenTransport>())));
        return builder;
    }
}
