using HybridSession;
using HybridSession.Middleware;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Sets what sessions do at single endpoints and groups of them.</summary>
public static class HybridSessionEndpointConventionBuilderExtensions
{
    /// <summary>Sets what sessions do at these endpoints. What is not named stays as the group, the attributes or the application have it.</summary>
    /// <param name="builder">A route, a group, or what <c>MapControllers</c>, <c>MapRazorPages</c> and their like return.</param>
    /// <param name="durability">How far the changes of a request have come before its response leaves; null to leave it as it is.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="durability"/> is no level.</exception>
    public static TBuilder WithSession<TBuilder>(this TBuilder builder, Durability? durability = null) where TBuilder : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (durability is not { } level) return builder;
        var metadata = new SessionDurabilityAttribute(level);
        builder.Add(endpoint => endpoint.Metadata.Add(metadata));
        return builder;
    }
}
