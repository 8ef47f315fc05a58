namespace HybridSession.Postgres;

/// <summary>What the store answers to in <see cref="SessionEngineOptions.Provider"/>: everything people call PostgreSQL, so that a guess is right.</summary>
internal static class ProviderNames
{
    public static readonly string[] Postgres = ["postgres", "postgresql", "pgsql", "pg", "npgsql"];
}
