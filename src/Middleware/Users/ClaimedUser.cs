using System.Security.Claims;

namespace HybridSession.Middleware;

/// <summary>Who somebody is, as sessions are bound. Pure.</summary>
internal static class ClaimedUser
{
    private const string Subject = "sub";

    /// <summary>The id of an authenticated user; null for anybody else, and for one without the claim.</summary>
    public static string? Of(ClaimsPrincipal principal, UserOptions options)
    {
        if (principal.Identity?.IsAuthenticated != true) return null;
        var id = options.IdClaim is { } type ? principal.FindFirst(type) : principal.FindFirst(ClaimTypes.NameIdentifier) ?? principal.FindFirst(Subject);
        return string.IsNullOrEmpty(id?.Value) ? null : id.Value;
    }
}
