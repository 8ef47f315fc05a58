namespace HybridSession.Middleware.Tests.Hosting;

/// <summary>Whose middleware a test runs over. A rule that is kept runs over both.</summary>
public enum HostKind
{
    Stock,
    Hybrid,
}
