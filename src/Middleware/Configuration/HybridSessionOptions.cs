using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace HybridSession.Middleware;

/// <summary>The settings of HybridSession in an ASP.NET Core application. Read once at start; wrong values stop the start, all of them in one message.</summary>
public sealed class HybridSessionOptions : SessionEngineOptions
{
    /// <summary>The name of the cookie, unless it is set: <c>.HybridSession</c>.</summary>
    public const string DefaultCookieName = ".HybridSession";

    /// <summary>Whether there are sessions at all. When false the middleware passes every request on and <c>HttpContext.Session</c> throws as if there were no middleware.</summary>
    /// <value>Default true.</value>
    public bool Enabled { get; set; } = true;

    /// <summary>The cookie that carries the token. <see cref="CookieBuilder.MaxAge"/> makes it outlive the browser; it is then sent again as the session slides.</summary>
    /// <value>
    /// Default: name <c>.HybridSession</c>, path <c>/</c>, HttpOnly, SameSite Lax, Secure as the request, essential, no expiry.
    /// Essential differs from the stock session cookie: a cookie withheld until the user consents would leave a stored session that nobody can open.
    /// </value>
    public CookieBuilder Cookie { get; } = new()
    {
        Name = DefaultCookieName,
        Path = "/",
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        SecurePolicy = CookieSecurePolicy.SameAsRequest,
        IsEssential = true,
    };

    /// <summary>Whether the changes of a request that ends with an exception are kept, as the stock middleware does.</summary>
    /// <value>
    /// Default true. When false, the changes of a request are held back until its response starts or it ends, and are dropped when an exception comes first:
    /// other requests see them later, and <see cref="SessionLimitException"/> may come as late.
    /// </value>
    public bool CommitOnException { get; set; } = true;

    /// <summary>
    /// How values other than the plain types are written by <c>Set</c> and read by <c>Get</c>, where no type info is given. Add the contexts that know the types:
    /// <c>o.Json.TypeInfoResolverChain.Add(ShopJson.Default)</c>. What is set here holds, such as a naming policy, and not what the context's attribute says. In code only.
    /// </summary>
    /// <value>Default: no type is known; text other than ASCII is not escaped, since a session is no page.</value>
    public JsonSerializerOptions Json { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>
    /// How long this node goes on serving after it was told to stop, with <c>hybridsession-ready</c> red, so that load balancers see it and send new clients elsewhere
    /// before the server stops to listen. It is a part of the host's <c>ShutdownTimeout</c>.
    /// </summary>
    /// <value>Default 0. At most 5 minutes.</value>
    public TimeSpan DrainDelay { get; set; } = TimeSpan.Zero;

    /// <summary>How sessions are encrypted on their way into the store.</summary>
    public EncryptionOptions Encryption { get; } = new();
}
