namespace HybridSession.Middleware;

/// <summary>
/// Sets how far the session changes of a controller, an action, a Razor page model, a hub or a minimal-API delegate have come before the response leaves.
/// An action's attribute wins over its controller's. Methods of Razor page models are no endpoints of their own: put it on the model.
/// </summary>
/// <param name="durability">The level, in place of <see cref="SessionEngineOptions.Durability"/>; stricter or laxer.</param>
/// <exception cref="ArgumentOutOfRangeException"><paramref name="durability"/> is no level.</exception>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method, AllowMultiple = false, Inherited = true)]
public sealed class SessionDurabilityAttribute(Durability durability) : Attribute, ISessionDurabilityMetadata
{
    /// <inheritdoc/>
    public Durability Durability { get; } = Enum.IsDefined(durability) ? durability : throw new ArgumentOutOfRangeException(nameof(durability), durability, "The level must be WriteBehind or Durable.");

    /// <inheritdoc/>
    public override string ToString() => $"Session durability: {Durability}";
}
