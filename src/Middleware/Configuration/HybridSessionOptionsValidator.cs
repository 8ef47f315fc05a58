using HybridSession.Configuration;
using Microsoft.Extensions.Options;

namespace HybridSession.Middleware;

/// <summary>Refuses to start with settings that are wrong, and says everything that is wrong at once.</summary>
internal sealed class HybridSessionOptionsValidator(IEnumerable<SectionBinding> sections, IEnumerable<BackingStoreRegistration> stores, bool cookieCarriesToken, bool usesEncryption)
    : IValidateOptions<HybridSessionOptions>
{
    internal const string Opening = "HybridSession cannot start: ";

    public ValidateOptionsResult Validate(string? name, HybridSessionOptions options)
    {
        var problems = new List<string>();
        var registrations = stores.ToArray();
        foreach (var section in sections)
        {
            problems.AddRange(section.Problems);
            if (section.PostgresKeys.Count > 0 && !BackingStoreSelector.HasPostgres(registrations))
                problems.Add($"{string.Join(", ", section.PostgresKeys)}: read by the package HybridSession.Postgres, but no PostgreSQL store is registered. Call AddHybridSession(...).UsePostgres(), or remove it.");
            if (section.CookieRefused && cookieCarriesToken)
                problems.Add($"{OriginSettings.AutoSetCookie} is false: without the cookie no client could come back to its session. Set it to true, or register an ISessionTokenTransport that carries the token in another way.");
        }

        SessionEngineRules.Check(options, problems);
        SessionEngineRules.Range(problems, "DrainDelay", options.DrainDelay, TimeSpan.Zero, TimeSpan.FromMinutes(5));
        CookieRules.Check(options.Cookie, problems);
        EncryptionRules.Check(options.Encryption, usesEncryption, problems);
        if (options.Enabled && BackingStoreSelector.Choose(options.Provider, registrations, out _) is { } noStore) problems.Add(noStore);

        return problems.Count switch
        {
            0 => ValidateOptionsResult.Success,
            1 => ValidateOptionsResult.Fail(Opening + problems[0]),
            _ => ValidateOptionsResult.Fail(Opening + string.Join(Environment.NewLine, problems.Select((p, i) => $"{Environment.NewLine}  {i + 1}. {p}"))),
        };
    }
}
