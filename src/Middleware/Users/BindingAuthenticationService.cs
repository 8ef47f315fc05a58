using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace HybridSession.Middleware;

/// <summary>
/// Lets the session follow what the application does with its sign-ins, wherever the authentication middleware stands. Only for the scheme that requests are authenticated by:
/// the sign-ins of an external or a second factor name nobody yet.
/// </summary>
internal sealed class BindingAuthenticationService(
    IAuthenticationService inner, IAuthenticationSchemeProvider schemes, IOptions<HybridSessionOptions> options, MissingSessionNotice missing) : IAuthenticationService
{
    private UserOptions Users => options.Value.Users;

    public Task<AuthenticateResult> AuthenticateAsync(HttpContext context, string? scheme) => inner.AuthenticateAsync(context, scheme);

    public Task ChallengeAsync(HttpContext context, string? scheme, AuthenticationProperties? properties) => inner.ChallengeAsync(context, scheme, properties);

    public Task ForbidAsync(HttpContext context, string? scheme, AuthenticationProperties? properties) => inner.ForbidAsync(context, scheme, properties);

    // First the session: where the user may have no further one, nobody is signed in.
    public async Task SignInAsync(HttpContext context, string? scheme, ClaimsPrincipal principal, AuthenticationProperties? properties)
    {
        if (Users.BindOnSignIn && await IsOwnAsync(scheme, schemes.GetDefaultSignInSchemeAsync).ConfigureAwait(false) && ClaimedUser.Of(principal, Users) is { } userId && SessionOf(context) is { } session)
            await session.SignInAsync(userId).ConfigureAwait(false);
        await inner.SignInAsync(context, scheme, principal, properties).ConfigureAwait(false);
    }

    // Last the session: what fails there must not keep the user signed in.
    public async Task SignOutAsync(HttpContext context, string? scheme, AuthenticationProperties? properties)
    {
        await inner.SignOutAsync(context, scheme, properties).ConfigureAwait(false);
        if (Users.BindOnSignIn && await IsOwnAsync(scheme, schemes.GetDefaultSignOutSchemeAsync).ConfigureAwait(false) && SessionOf(context) is { } session)
            await session.SignOutAsync().ConfigureAwait(false);
    }

    private async Task<bool> IsOwnAsync(string? scheme, Func<Task<AuthenticationScheme?>> getDefault)
    {
        scheme ??= (await getDefault().ConfigureAwait(false))?.Name;
        var own = Users.SignInScheme ?? (await schemes.GetDefaultAuthenticateSchemeAsync().ConfigureAwait(false))?.Name;
        return scheme is not null && scheme == own;
    }

    private HybridRequestSession? SessionOf(HttpContext context)
    {
        if (!options.Value.Enabled) return null;
        var session = context.Features.Get<ISessionFeature>()?.Session as HybridRequestSession;
        if (session is null) missing.Tell();
        return session;
    }
}
