using Microsoft.AspNetCore.Http;

namespace HybridSession.Middleware;

/// <summary>What a browser demands of a cookie, and what it would otherwise drop without a word. Pure.</summary>
internal static class CookieRules
{
    /// <summary>The attribute of a cookie that a page embedded in other sites keeps apart for each of them.</summary>
    public const string Partitioned = "Partitioned";

    private const string HostPrefix = "__Host-";
    private const string SecurePrefix = "__Secure-";
    private const string Separators = "()<>@,;:\\\"/[]?={}";

    public static void Check(CookieBuilder cookie, List<string> problems)
    {
        var name = cookie.Name;
        if (!IsToken(name))
        {
            problems.Add($"Cookie:Name (\"{name}\") must be a name of letters, digits and any of !#$%&'*+-.^_`|~, without blanks. The default is {HybridSessionOptions.DefaultCookieName}.");
            return;
        }

        var secure = cookie.SecurePolicy == CookieSecurePolicy.Always;
        if (cookie.SameSite == SameSiteMode.None && !secure)
            problems.Add($"Cookie:SameSite is None but Cookie:SecurePolicy is {cookie.SecurePolicy}: browsers drop such a cookie when it is not Secure. Set Cookie:SecurePolicy to Always, or Cookie:SameSite to Lax.");
        if (name.StartsWith(HostPrefix, StringComparison.OrdinalIgnoreCase) && (!secure || cookie.Path is not (null or "/") || !string.IsNullOrEmpty(cookie.Domain)))
            problems.Add($"Cookie:Name (\"{name}\") begins with __Host-, which browsers accept only with Cookie:SecurePolicy Always, Cookie:Path / and no Cookie:Domain. Set these, or choose another name.");
        if (name.StartsWith(SecurePrefix, StringComparison.OrdinalIgnoreCase) && !secure)
            problems.Add($"Cookie:Name (\"{name}\") begins with __Secure-, which browsers accept only with Cookie:SecurePolicy Always. Set it, or choose another name.");
        if (cookie.Extensions.Any(IsPartitioned) && !secure)
            problems.Add($"Cookie:Partitioned is true but Cookie:SecurePolicy is {cookie.SecurePolicy}: browsers drop such a cookie when it is not Secure. Set Cookie:SecurePolicy to Always.");
        if (cookie.MaxAge <= TimeSpan.Zero)
            problems.Add($"Cookie:MaxAge ({cookie.MaxAge}) must be above zero, or none for a cookie that ends with the browser.");
        if (cookie.Expiration is not null)
            problems.Add("Cookie.Expiration is not used by sessions. Set Cookie.MaxAge for a cookie that outlives the browser, and IdleTimeout for the life of the session.");
        if (cookie.Path is { Length: > 0 } path && (path[0] != '/' || path.Contains(';', StringComparison.Ordinal)))
            problems.Add($"Cookie:Path (\"{path}\") must begin with / and hold no semicolon.");
        if (cookie.Domain is { } domain && domain.AsSpan().IndexOfAny(" ;,:/") >= 0)
            problems.Add($"Cookie:Domain (\"{domain}\") must be a plain host name such as example.com.");
    }

    public static bool IsPartitioned(string extension) => extension.Trim().Equals(Partitioned, StringComparison.OrdinalIgnoreCase);

    // A token of RFC 7230, which is what both browsers and ASP.NET Core accept unescaped.
    private static bool IsToken([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] string? name) =>
        !string.IsNullOrEmpty(name) && name.All(c => c is > ' ' and < (char)127 && !Separators.Contains(c, StringComparison.Ordinal));
}
