using Microsoft.AspNetCore.Http;

namespace HybridSession.Middleware.Tests.Hosting;

/// <summary>The token in a header, as an application for clients without cookies would write it.</summary>
internal sealed class HeaderTokenTransport : ISessionTokenTransport
{
    public const string Name = "X-Session-Token";

    public bool TryRead(HttpContext context, out ReadOnlySpan<char> token)
    {
        token = context.Request.Headers[Name].ToString();
        return token.Length > 0;
    }

    public void Write(HttpContext context, string token) => context.Response.Headers[Name] = token;

    public void Delete(HttpContext context) => context.Response.Headers[Name] = "";
}
