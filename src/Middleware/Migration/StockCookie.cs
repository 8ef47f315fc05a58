using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;

namespace HybridSession.Middleware;

/// <summary>The cookie of the stock middleware: the key of the session, 36 characters, protected.</summary>
internal sealed class StockCookie(IDataProtectionProvider protection, StockImportOptions options)
{
    private const int KeyLength = 36;
    private const int MaxTextLength = 1024;

    private readonly IDataProtector _protector = protection.CreateProtector("SessionMiddleware");

    /// <summary>The key of the session; null when there is no such cookie, or none that our keys open.</summary>
    public string? Read(HttpRequest request)
    {
        if (!request.Cookies.TryGetValue(options.CookieName, out var text) || text.Length is 0 or > MaxTextLength) return null;
        var padded = text.PadRight((text.Length + 3) / 4 * 4, '=');
        var bytes = new byte[MaxTextLength];
        if (!Convert.TryFromBase64String(padded, bytes, out var length)) return null;
        try
        {
            var key = Encoding.UTF8.GetString(_protector.Unprotect(bytes[..length]));
            return key.Length == KeyLength ? key : null;
        }
        catch (CryptographicException)
        {
            // Anybody can send such a cookie, and one of keys that are gone is a visitor without a session, as in the stock middleware.
            return null;
        }
    }

    public void Delete(HttpContext context) =>
        context.Response.Cookies.Delete(options.CookieName, new CookieOptions { Path = options.CookiePath, Domain = options.CookieDomain });
}
