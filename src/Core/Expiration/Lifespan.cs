namespace HybridSession.Expiration;

/// <summary>What decides when a session is over.</summary>
/// <param name="CreatedMs">When it began.</param>
/// <param name="LastAccessMs">When it was used last.</param>
/// <param name="Terms">Where it differs from the site's options.</param>
internal readonly record struct Lifespan(long CreatedMs, long LastAccessMs, SessionTerms Terms);
