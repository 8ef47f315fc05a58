namespace HybridSession.Middleware;

/// <summary>Endpoint metadata: how far the session changes of a request have come before its response leaves. The most specific one of an endpoint counts.</summary>
public interface ISessionDurabilityMetadata
{
    /// <summary>The level, in place of <see cref="SessionEngineOptions.Durability"/>; stricter or laxer.</summary>
    Durability Durability { get; }
}
