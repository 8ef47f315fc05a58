using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HybridSession.Middleware;

/// <summary>The token in a cookie, made by <see cref="HybridSessionOptions.Cookie"/>.</summary>
/// <remarks>
/// <para>Reads the <c>Cookie</c> header itself: the framework's parser makes a dictionary and a string of every cookie, on every request.</para>
/// <para>Several cookies of the name (other paths, a parent domain): the first well-formed one counts. Browsers send the most specific first; and a broken one,
/// left behind by another application, must not lock the client out of a good one. Against a neighbour that plants well-formed cookies, name it <c>__Host-...</c>.</para>
/// </remarks>
internal sealed class CookieTokenTransport : ISessionTokenTransport
{
    private readonly CookieBuilder _cookie;
    private readonly string _name;
    private readonly PlainSecureCookies _plain;

    public CookieTokenTransport(IOptions<HybridSessionOptions> options, ILogger<CookieTokenTransport> logger)
    {
        _cookie = options.Value.Cookie;
        _plain = new PlainSecureCookies(_cookie.SecurePolicy, logger);
        _name = _cookie.Name ?? HybridSessionOptions.DefaultCookieName;
    }

    public bool TryRead(HttpContext context, out ReadOnlySpan<char> token)
    {
        token = default;
        var found = false;
        var headers = context.Request.Headers.Cookie;
        for (var i = 0; i < headers.Count; i++)
        {
            var rest = headers[i].AsSpan();
            while (TryNext(ref rest, out var value))
            {
                if (!found) token = value;
                else if (!TokenText.IsWellFormed(token) && TokenText.IsWellFormed(value)) token = value;
                found = true;
            }
        }
        return found;
    }

    public void Write(HttpContext context, string token)
    {
        _plain.Look(context.Request);
        var options = _cookie.Build(context);
        if (context.Features.Get<HybridRequestSession>()?.CookieMaxAge is { } own) options.MaxAge = own;
        context.Response.Cookies.Append(_name, token, options);
    }

    public void Delete(HttpContext context)
    {
        var options = _cookie.Build(context);
        // Max-Age goes before Expires in browsers: with it, deleting would prolong.
        options.MaxAge = null;
        context.Response.Cookies.Delete(_name, options);
    }

    // The next cookie of our name; names are compared exactly, as RFC 6265 has it.
    private bool TryNext(scoped ref ReadOnlySpan<char> rest, out ReadOnlySpan<char> value)
    {
        while (rest.Length > 0)
        {
            var end = rest.IndexOf(';');
            var pair = (end < 0 ? rest : rest[..end]).Trim(' ');
            rest = end < 0 ? default : rest[(end + 1)..];
            if (pair.Length <= _name.Length || pair[_name.Length] != '=' || !pair.StartsWith(_name, StringComparison.Ordinal)) continue;
            value = pair[(_name.Length + 1)..];
            return true;
        }
        value = default;
        return false;
    }
}
