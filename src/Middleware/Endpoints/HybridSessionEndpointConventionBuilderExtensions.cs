using HybridSession;
using HybridSession.Middleware;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Sets what sessions do at single endpoints and groups of them.</summary>
public static class HybridSessionEndpointConventionBuilderExtensions
{
    /// <summary>Sets what sessions do at these endpoints. What is not named stays as the group, the attributes or the application have it.</summary>
    /// <param name="builder">A route, a group, or what <c>MapControllers</c>, <c>MapRazorPages</c> and their like return.</param>
    /// <param name="durability">How far the changes of a request have come before its response leaves; null to leave it as it is.</param>
    /// <param name="exclusive">
    /// Whether requests of one session run one after the other, here and at all other exclusive endpoints; false takes it back below a group. Null to leave it as it is.
    /// Routing must come before <c>UseHybridSession</c>.
    /// </param>
    /// <param name="extends">
    /// Whether a request puts off the end of its session, as elsewhere; false for polling, which must not keep a session alive whose user has left. Null to leave it as it is.
    /// Routing must come before <c>UseHybridSession</c>.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="durability"/> is no level.</exception>
    public static TBuilder WithSession<TBuilder>(this TBuilder builder, Durability? durability = null, bool? exclusive = null, bool? extends = null) where TBuilder : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (durability is { } level) Add(builder, new SessionDurabilityAttribute(level));
        if (exclusive is { } isExclusive) Add(builder, new ExclusiveSessionAttribute(isExclusive));
        if (extends is { } doesExtend) Add(builder, new ExtendSessionAttribute(doesExtend));
        return builder;
    }

    private static void Add(IEndpointConventionBuilder builder, object metadata) => builder.Add(endpoint => endpoint.Metadata.Add(metadata));
}
