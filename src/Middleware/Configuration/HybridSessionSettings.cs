using HybridSession.Configuration;
using Microsoft.AspNetCore.Http;

namespace HybridSession.Middleware;

/// <summary>The settings of <see cref="HybridSessionOptions"/> as configuration writes them, those of the engine included.</summary>
internal static class HybridSessionSettings
{
    public static IReadOnlyList<Setting<HybridSessionOptions>> All { get; } =
    [
        .. SessionEngineSettings.All.Select(s => new Setting<HybridSessionOptions>(s.Name, s.Apply)),
        Setting.Switch<HybridSessionOptions>("Enabled", (o, v) => o.Enabled = v),
        Setting.Switch<HybridSessionOptions>("CommitOnException", (o, v) => o.CommitOnException = v),
        Setting.Duration<HybridSessionOptions>("DrainDelay", (o, v) => o.DrainDelay = v),
        Setting.Switch<HybridSessionOptions>("Encryption:Enabled", (o, v) => o.Encryption.Enabled = v),
        Setting.Switch<HybridSessionOptions>("Encryption:AcceptPlain", (o, v) => o.Encryption.AcceptPlain = v),
        Setting.Text<HybridSessionOptions>("Cookie:Name", (o, v) => o.Cookie.Name = v ?? HybridSessionOptions.DefaultCookieName),
        Setting.OptionalText<HybridSessionOptions>("Cookie:Domain", (o, v) => o.Cookie.Domain = v),
        Setting.Text<HybridSessionOptions>("Cookie:Path", (o, v) => o.Cookie.Path = v ?? "/"),
        Setting.Switch<HybridSessionOptions>("Cookie:HttpOnly", (o, v) => o.Cookie.HttpOnly = v),
        Setting.Choice<HybridSessionOptions, SameSiteMode>("Cookie:SameSite", (o, v) => o.Cookie.SameSite = v),
        Setting.Choice<HybridSessionOptions, CookieSecurePolicy>("Cookie:SecurePolicy", (o, v) => o.Cookie.SecurePolicy = v),
        Setting.OptionalDuration<HybridSessionOptions>("Cookie:MaxAge", (o, v) => o.Cookie.MaxAge = v),
        Setting.Switch<HybridSessionOptions>("Cookie:IsEssential", (o, v) => o.Cookie.IsEssential = v),
        Setting.Switch<HybridSessionOptions>("Cookie:Partitioned", SetPartitioned),
    ];

    // The cookie builder has no property for it.
    private static void SetPartitioned(HybridSessionOptions options, bool isPartitioned)
    {
        for (var i = options.Cookie.Extensions.Count - 1; i >= 0; i--)
            if (CookieRules.IsPartitioned(options.Cookie.Extensions[i])) options.Cookie.Extensions.RemoveAt(i);
        if (isPartitioned) options.Cookie.Extensions.Add(CookieRules.Partitioned);
    }

    /// <summary>What a mistyped name may have meant.</summary>
    public static IEnumerable<string> Names => All.Select(s => s.Name).Concat(OriginSettings.All.Select(s => s.Name)).Append(ConnectionString);

    /// <summary>Read by the PostgreSQL package.</summary>
    public const string ConnectionString = "ConnectionString";

    /// <summary>The subsection that the PostgreSQL package reads.</summary>
    public const string PostgresSection = "Postgres";
}
