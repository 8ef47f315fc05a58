using Microsoft.AspNetCore.Http;

namespace HybridSession.Middleware;

/// <summary>
/// How the token travels between client and server: a cookie, unless an application registers a singleton of its own.
/// Thread-safe. What it handles opens a session: it must never be logged.
/// </summary>
public interface ISessionTokenTransport
{
    /// <summary>Finds what the client sent. Need not check its form, must not do I/O, and should not allocate.</summary>
    /// <param name="context">The request.</param>
    /// <param name="token">The text as sent; valid during this call's request only.</param>
    /// <returns>False when the client sent nothing.</returns>
    bool TryRead(HttpContext context, out ReadOnlySpan<char> token);

    /// <summary>Gives the client a token. Called before the response starts, for a new session, a replaced token, a persistent cookie to be prolonged, and, with several nodes, whenever the session has changed.</summary>
    /// <param name="context">The request.</param>
    /// <param name="token">The text to hand back as it is: 43 characters of base64url; with several nodes a dot and up to 22 characters more, which change with the session.</param>
    void Write(HttpContext context, string token);

    /// <summary>Makes the client forget its token. Called before the response starts.</summary>
    /// <param name="context">The request.</param>
    void Delete(HttpContext context);
}
