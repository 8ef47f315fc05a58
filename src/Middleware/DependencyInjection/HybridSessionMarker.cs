namespace HybridSession.Middleware;

/// <summary>Is among the services when <c>AddHybridSession</c> was called.</summary>
internal sealed class HybridSessionMarker;
