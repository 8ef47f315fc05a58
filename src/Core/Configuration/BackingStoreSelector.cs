using HybridSession.Doctor;
using HybridSession.Stores;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace HybridSession.Configuration;

/// <summary>The store in use, as it was registered.</summary>
internal sealed record ChosenStore(BackingStoreRegistration Registration);

/// <summary>Decides which registered store is used, and builds it with its stages.</summary>
internal static class BackingStoreSelector
{
    /// <summary>What people call PostgreSQL; the package HybridSession.Postgres answers to these.</summary>
    public static readonly string[] PostgresNames = ["postgres", "postgresql", "pgsql", "pg", "npgsql"];

    public static readonly string[] MemoryNames = ["memory", "inmemory"];

    /// <summary>Always available by name, and what <c>UseInMemoryStore</c> registers.</summary>
    public static BackingStoreRegistration Memory { get; } =
        new(MemoryNames, services => new InMemoryBackingStore(services.GetService<TimeProvider>() ?? TimeProvider.System)) { Probe = static _ => new MemoryStoreProbe() };

    /// <summary>Chooses by name, or the last registration when there is no name. Pure.</summary>
    /// <param name="provider">The value of <see cref="SessionEngineOptions.Provider"/>.</param>
    /// <param name="registrations">In the order of registration.</param>
    /// <param name="chosen">The registration, when the result is null.</param>
    /// <returns>Null, or one sentence that says why there is no store and what to do.</returns>
    public static string? Choose(string? provider, IReadOnlyList<BackingStoreRegistration> registrations, out BackingStoreRegistration? chosen)
    {
        var name = provider?.Trim();
        chosen = string.IsNullOrEmpty(name) ? (registrations is [.., var last] ? last : null) : registrations.LastOrDefault(r => Answers(r, name)) ?? (Answers(Memory, name) ? Memory : null);
        if (chosen is not null) return null;
        if (string.IsNullOrEmpty(name))
            return "HybridSession has no backing store. Call AddHybridSession(...).UsePostgres(\"postgres://...\") of the package HybridSession.Postgres, or .UseInMemoryStore() for sessions that may die with the process.";
        if (PostgresNames.Contains(name, StringComparer.OrdinalIgnoreCase))
            return $"Provider is \"{name}\", but no PostgreSQL store is registered. Add the package HybridSession.Postgres and call AddHybridSession(...).UsePostgres().";

        var valid = registrations.Append(Memory).SelectMany(r => r.Names).Distinct(StringComparer.OrdinalIgnoreCase).ToArray();
        return $"Provider \"{name}\" is not a store. Valid here: {string.Join(", ", valid)}.{NearestName.Hint(name, valid.Union(PostgresNames))}";
    }

    /// <summary>True when a store is registered that answers to the names of PostgreSQL.</summary>
    public static bool HasPostgres(IEnumerable<BackingStoreRegistration> registrations) => registrations.Any(r => r.Names.Intersect(PostgresNames, StringComparer.OrdinalIgnoreCase).Any());

    /// <summary>Chooses among what the application registered.</summary>
    /// <exception cref="InvalidOperationException">There is no store by that name, or none at all.</exception>
    public static ChosenStore Choose(IServiceProvider services, string? provider)
    {
        var problem = Choose(provider, [.. services.GetServices<BackingStoreRegistration>()], out var chosen);
        return new ChosenStore(chosen ?? throw new InvalidOperationException(problem));
    }

    /// <summary>Makes the chosen store and wraps it in the registered stages by their places, within a place the first one innermost.</summary>
    public static ISessionBackingStore Build(IServiceProvider services, ChosenStore chosen)
    {
        BackingStoreStage[] registered = [.. services.GetServices<BackingStoreStage>()];
        var compression = Compression(isDecrypted: registered.Any(static stage => stage.Place == StagePlace.Encryption));
        return registered.Append(compression).OrderBy(static stage => stage.Place).Aggregate(chosen.Registration.Factory(services), (inner, stage) => stage.Wrap(services, inner));
    }

    // Always there: whether it compresses is a setting, what is compressed must be read in any case.
    private static BackingStoreStage Compression(bool isDecrypted) => new((services, inner) =>
    {
        var options = services.GetRequiredService<IOptions<SessionEngineOptions>>().Value;
        var logger = services.GetService<ILogger<CompressingBackingStore>>() ?? NullLogger<CompressingBackingStore>.Instance;
        return new CompressingBackingStore(inner, options.Compression, options.MaxPayloadBytes, isDecrypted, services.GetRequiredService<TimeProvider>(), logger);
    })
    {
        Place = StagePlace.Compression,
    };

    private static bool Answers(BackingStoreRegistration registration, string name) => registration.Names.Contains(name, StringComparer.OrdinalIgnoreCase);
}
