using Microsoft.AspNetCore.Http;

namespace HybridSession.Middleware;

/// <summary>
/// The token in a header of its own, for clients that keep no cookies: what the response gives in it, the client sends with its next request. With a cookie beside it,
/// whoever sends the header (<c>new</c> on the first request) is answered in the header, and everybody else by cookie.
/// </summary>
internal sealed class SessionHeaderTransport(SessionHeader header, CookieTokenTransport? cookie = null) : ISessionTokenTransport
{
    private const string New = "new";

    public bool TryRead(HttpContext context, out ReadOnlySpan<char> token)
    {
        if (cookie is not null && !context.Request.Headers.ContainsKey(header.Name)) return cookie.TryRead(context, out token);
        // Of several, none can be trusted to be the one.
        var values = context.Request.Headers[header.Name];
        token = values.Count == 1 ? values[0].AsSpan().Trim() : default;
        return values.Count > 1 || (token.Length > 0 && !token.Equals(New, StringComparison.OrdinalIgnoreCase));
    }

    public void Write(HttpContext context, string token)
    {
        if (UsesCookie(context)) cookie!.Write(context, token);
        else context.Response.Headers[header.Name] = token;
    }

    public void Delete(HttpContext context)
    {
        if (UsesCookie(context)) cookie!.Delete(context);
        else context.Response.Headers[header.Name] = "";
    }

    private bool UsesCookie(HttpContext context) => cookie is not null && !context.Request.Headers.ContainsKey(header.Name);
}

/// <summary>The header in use.</summary>
/// <param name="Name">Its name.</param>
internal sealed record SessionHeader(string Name);
