using Microsoft.AspNetCore.Http;
using Xunit;

namespace HybridSession.Middleware.Tests.Doctor;

public class CookieFindingsTests
{
    public static TheoryData<Action<CookieBuilder>, string> Odd => new()
    {
        { c => c.MaxAge = TimeSpan.FromDays(401), "Cookie:MaxAge is 401 days, and browsers keep no cookie longer than 400." },
        { c => c.Domain = "localhost", "Cookie:Domain is \"localhost\", which is a single label" },
        { c => c.Domain = ".intranet", "which is a single label" },
        { c => c.Domain = "10.0.0.7", "Cookie:Domain is \"10.0.0.7\", which is an address" },
        { c => (c.SameSite, c.SecurePolicy, c.Path) = (SameSiteMode.None, CookieSecurePolicy.Always, "/app"), "Cookie:SameSite is None" },
        { c => c.SecurePolicy = CookieSecurePolicy.None, "Cookie:SecurePolicy is None" },
        { c => c.HttpOnly = false, "Cookie:HttpOnly is false" },
        { c => c.SecurePolicy = CookieSecurePolicy.Always, "Cookie:Name is \".HybridSession\": a neighbour under the same domain can plant a cookie of that name." },
        { c => (c.SecurePolicy, c.Name) = (CookieSecurePolicy.Always, "__Secure-sid"), "Cookie:Name is \"__Secure-sid\"" },
    };

    public static TheoryData<Action<CookieBuilder>, string> Sound => new()
    {
        { _ => { }, "\".HybridSession\", Secure when the request is, SameSite Lax, ends with the browser." },
        { c => (c.SecurePolicy, c.Name, c.MaxAge) = (CookieSecurePolicy.Always, "__Host-sid", TimeSpan.FromDays(400)), "\"__Host-sid\", Secure, SameSite Lax, kept for 400 days." },
        { c => (c.SecurePolicy, c.Domain) = (CookieSecurePolicy.Always, "example.com"), "\".HybridSession\", Secure, SameSite Lax, ends with the browser." },
        { c => (c.SecurePolicy, c.Path) = (CookieSecurePolicy.Always, "/app"), "\".HybridSession\", Secure, SameSite Lax, ends with the browser." },
    };

    [Theory, MemberData(nameof(Odd))]
    public void What_browsers_refuse_or_cap_and_what_invites_attackers_is_a_warning(Action<CookieBuilder> configure, string expected)
    {
        var warning = Assert.Single(Examine(configure));

        Assert.Equal(("cookie", ProbeStatus.Warning), (warning.Name, warning.Status));
        Assert.Contains(expected, warning.Observation, StringComparison.Ordinal);
        Assert.NotNull(warning.Advice);
    }

    [Theory, MemberData(nameof(Sound))]
    public void Sound_settings_are_described(Action<CookieBuilder> configure, string expected)
    {
        var finding = Assert.Single(Examine(configure));

        Assert.Equal((ProbeStatus.Good, expected), (finding.Status, finding.Observation));
    }

    [Fact]
    public void In_development_plain_cookies_are_good()
    {
        var finding = Assert.Single(Examine(c => c.SecurePolicy = CookieSecurePolicy.None, isDevelopment: true));

        Assert.Equal(ProbeStatus.Good, finding.Status);
    }

    private static IReadOnlyList<ProbeFinding> Examine(Action<CookieBuilder> configure, bool isDevelopment = false)
    {
        var cookie = new HybridSessionOptions().Cookie;
        configure(cookie);
        return CookieFindings.Of(cookie, isDevelopment);
    }
}
