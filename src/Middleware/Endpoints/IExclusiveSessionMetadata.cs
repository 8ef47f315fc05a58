namespace HybridSession.Middleware;

/// <summary>Endpoint metadata: whether requests of one session run one after the other. The most specific one of an endpoint counts.</summary>
public interface IExclusiveSessionMetadata
{
    /// <summary>True to let them in turn; false to let them run at the same time below a group or controller that lets them in turn.</summary>
    bool IsExclusive { get; }
}
