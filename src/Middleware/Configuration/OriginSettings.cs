using HybridSession.Configuration;
using Microsoft.AspNetCore.Http;

namespace HybridSession.Middleware;

/// <summary>The session settings of Beego, so that a section written for it works as it is; and those that have no counterpart here, with what to use instead.</summary>
internal static class OriginSettings
{
    /// <summary>Read by the PostgreSQL package.</summary>
    public const string ProviderConfig = "SessionProviderConfig";

    /// <summary>Checked against the registered transport, so not applied to the options.</summary>
    public const string AutoSetCookie = "SessionAutoSetCookie";

    private static readonly TimeSpan LongestSweep = TimeSpan.FromDays(1);

    public static IReadOnlyList<Setting<HybridSessionOptions>> All { get; } =
    [
        Setting.Switch<HybridSessionOptions>("SessionOn", (o, v) => o.Enabled = v),
        Setting.Text<HybridSessionOptions>("SessionProvider", (o, v) => o.Provider = v),
        new(ProviderConfig, (_, _) => null),
        Setting.Text<HybridSessionOptions>("SessionName", (o, v) => o.Cookie.Name = v ?? o.Cookie.Name),
        new("SessionGCMaxLifetime", (o, text) => Setting.Read<HybridSessionOptions, TimeSpan>(text, SettingText.TrySeconds, o, SetLifetime, "write whole seconds, such as 3600")),
        new("SessionCookieLifeTime", (o, text) => Setting.Read<HybridSessionOptions, TimeSpan>(text, SettingText.TrySeconds, o, SetCookieLife, "write whole seconds, or 0 for a cookie that ends with the browser")),
        new(AutoSetCookie, (_, text) => text is not null && SettingText.TrySwitch(text, out var _) ? null : "write true or false"),
        Setting.Text<HybridSessionOptions>("SessionDomain", (o, v) => o.Cookie.Domain = v),
        Setting.Switch<HybridSessionOptions>("SessionDisableHTTPOnly", (o, v) => o.Cookie.HttpOnly = !v),
        new("SessionCookieSameSite", SetSameSite),
    ];

    /// <summary>Settings that would be ignored, with one sentence each.</summary>
    public static IReadOnlyDictionary<string, string> Refused { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        ["SessionSavePath"] = "it was renamed long ago; use SessionProviderConfig (or ConnectionString).",
        ["SessionEnableSidInHTTPHeader"] = "a header is another way to carry the token; call UseTokenHeader with its name.",
        ["SessionNameInHTTPHeader"] = "a header is another way to carry the token; call UseTokenHeader with its name.",
        ["SessionEnableSidInURLQuery"] = "a token in a URL ends up in logs, histories and referrers; use the cookie, or an ISessionTokenTransport of your own.",
        ["SessionIDPrefix"] = "tokens are 256 random bits and ids a hash of them, so there is nothing to prefix; remove it, and use another database schema to keep applications apart.",
        ["SessionHashFunc"] = "tokens come from the system's random generator and are stored as SHA-256; remove it.",
        ["SessionHashKey"] = "tokens come from the system's random generator, so there is no key to keep; remove it.",
        ["SessionIDLength"] = "tokens always have 256 random bits; remove it.",
        ["SessionConfig"] = "JSON inside a setting is not read; write its fields as settings of their own.",
    };

    private static void SetLifetime(HybridSessionOptions options, TimeSpan lifetime)
    {
        // One key of the origin is both the lifetime and the pause between searches, and it knows no absolute lifetime.
        options.IdleTimeout = lifetime;
        options.SweepInterval = lifetime < LongestSweep ? lifetime : LongestSweep;
        options.AbsoluteLifetime = null;
    }

    private static void SetCookieLife(HybridSessionOptions options, TimeSpan life) => options.Cookie.MaxAge = life == TimeSpan.Zero ? null : life;

    private static string? SetSameSite(HybridSessionOptions options, string? text)
    {
        // The numbers are Go's http.SameSite, which are not .NET's.
        SameSiteMode? mode = text?.Trim().ToUpperInvariant() switch
        {
            "1" or "DEFAULT" or "UNSPECIFIED" => SameSiteMode.Unspecified,
            "2" or "LAX" => SameSiteMode.Lax,
            "3" or "STRICT" => SameSiteMode.Strict,
            "4" or "NONE" => SameSiteMode.None,
            _ => null,
        };
        if (mode is null) return "write Lax, Strict, None or Default (or 2, 3, 4, 1, as Go numbers them)";
        options.Cookie.SameSite = mode.Value;
        return null;
    }
}
