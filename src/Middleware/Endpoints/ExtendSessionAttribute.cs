namespace HybridSession.Middleware;

/// <summary>
/// Sets whether requests to a controller, an action, a Razor page model, a hub or a minimal-API delegate put off the end of their session: a page that polls
/// in the background must not keep a session alive whose user has left. An action's attribute wins over its controller's.
/// Methods of Razor page models are no endpoints of their own: put it on the model.
/// </summary>
/// <param name="extends">False to leave the end of the session where it is; changes are stored all the same.</param>
/// <remarks>Routing must come before <c>UseHybridSession</c> in the pipeline, as it does in a <c>WebApplication</c> that says nothing else.</remarks>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method, AllowMultiple = false, Inherited = true)]
public sealed class ExtendSessionAttribute(bool extends) : Attribute, IExtendSessionMetadata
{
    /// <inheritdoc/>
    public bool Extends { get; } = extends;

    /// <inheritdoc/>
    public override string ToString() => $"Extends the session: {Extends}";
}
