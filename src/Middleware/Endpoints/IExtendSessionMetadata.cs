namespace HybridSession.Middleware;

/// <summary>Endpoint metadata: whether a request counts as a use of its session. The most specific one of an endpoint counts.</summary>
public interface IExtendSessionMetadata
{
    /// <summary>True to let a request put off the end of its session, as elsewhere; false to leave it where it is.</summary>
    bool Extends { get; }
}
