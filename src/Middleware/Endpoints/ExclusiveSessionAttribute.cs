namespace HybridSession.Middleware;

/// <summary>
/// Lets the requests of one session run one after the other at a controller, an action, a Razor page model, a hub or a minimal-API delegate: for a cart that is checked out, or a wizard.
/// They wait for each other among all exclusive endpoints of the site, and for no other request. An action's attribute wins over its controller's.
/// Methods of Razor page models are no endpoints of their own: put it on the model. A WebSocket is one request for as long as it is open.
/// </summary>
/// <param name="exclusive">False to take it back below a group or a controller.</param>
/// <remarks>Routing must come before <c>UseHybridSession</c> in the pipeline, as it does in a <c>WebApplication</c> that says nothing else.</remarks>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method, AllowMultiple = false, Inherited = true)]
public sealed class ExclusiveSessionAttribute(bool exclusive = true) : Attribute, IExclusiveSessionMetadata
{
    /// <inheritdoc/>
    public bool IsExclusive { get; } = exclusive;

    /// <inheritdoc/>
    public override string ToString() => $"Exclusive session: {IsExclusive}";
}
