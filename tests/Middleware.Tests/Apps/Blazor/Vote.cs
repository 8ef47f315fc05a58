namespace HybridSession.Middleware.Tests.Apps.Blazor;

/// <summary>What the form of <see cref="Poll"/> sends.</summary>
public sealed class Vote
{
    public string Choice { get; set; } = "";
}
