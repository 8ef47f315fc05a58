using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http;

namespace HybridSession.Middleware;

/// <summary>What browsers, and those who attack them, make of the cookie's settings. What a browser would drop outright stops the start in <see cref="CookieRules"/>. Pure.</summary>
internal static class CookieFindings
{
    private const string Name = "cookie";
    private const string HostPrefix = "__Host-";

    // RFC 6265bis: user agents shorten what is longer.
    private const int LongestDays = 400;

    public static IReadOnlyList<ProbeFinding> Of(CookieBuilder cookie, bool isDevelopment)
    {
        ProbeFinding[] warnings = [.. Warnings(cookie, isDevelopment)];
        return warnings.Length > 0 ? warnings : [ProbeFinding.Good(Name, $"\"{cookie.Name}\", {Describe(cookie)}.")];
    }

    private static IEnumerable<ProbeFinding> Warnings(CookieBuilder cookie, bool isDevelopment)
    {
        if (cookie.MaxAge > TimeSpan.FromDays(LongestDays))
            yield return Warning(string.Create(CultureInfo.InvariantCulture, $"Cookie:MaxAge is {cookie.MaxAge.Value.TotalDays:0.#} days, and browsers keep no cookie longer than {LongestDays}."), $"Set it to {LongestDays} days at most; it is sent again as the session slides.");
        if (cookie.Domain?.TrimStart('.') is { Length: > 0 } domain && (IPAddress.TryParse(domain, out _) || !domain.Contains('.', StringComparison.Ordinal)))
            yield return Warning($"Cookie:Domain is \"{cookie.Domain}\", which is {(domain.Contains('.', StringComparison.Ordinal) ? "an address" : "a single label")}: browsers refuse the cookie.", "Remove it: without it the cookie goes back to the host that set it.");
        if (cookie.SameSite == SameSiteMode.None)
            yield return Warning("Cookie:SameSite is None, so every other site can send requests with the session of its visitor.", "Set it to Lax, unless the site is shown in frames of other sites; then check antiforgery tokens everywhere.");
        if (cookie.SecurePolicy == CookieSecurePolicy.None && !isDevelopment)
            yield return Warning("Cookie:SecurePolicy is None, so the token also travels in plain http, where anyone on the way can take it.", "Set it to Always, or to SameAsRequest where http is served too.");
        if (!cookie.HttpOnly)
            yield return Warning("Cookie:HttpOnly is false, so any script of the page can read the token.", "Set it to true.");
        if (cookie.SecurePolicy == CookieSecurePolicy.Always && cookie.Path is null or "/" && string.IsNullOrEmpty(cookie.Domain) && cookie.Name?.StartsWith(HostPrefix, StringComparison.Ordinal) == false)
            yield return Warning($"Cookie:Name is \"{cookie.Name}\": a neighbour under the same domain can plant a cookie of that name.", $"Begin it with {HostPrefix}, which the other settings allow; it is a new cookie, so everyone signs in again.");
    }

    private static string Describe(CookieBuilder cookie) => string.Join(", ",
        cookie.SecurePolicy switch { CookieSecurePolicy.Always => "Secure", CookieSecurePolicy.SameAsRequest => "Secure when the request is", _ => "not Secure (Development)" },
        $"SameSite {cookie.SameSite}",
        cookie.MaxAge is { } life ? string.Create(CultureInfo.InvariantCulture, $"kept for {life.TotalDays:0.##} days") : "ends with the browser");

    private static ProbeFinding Warning(string observation, string advice) => ProbeFinding.Warning(Name, observation, advice);
}
