using Microsoft.AspNetCore.Mvc;

namespace Storefront.Pages;

/// <summary>Signing in and out: where a session changes its token, and where it ends.</summary>
internal static class AccountPages
{
    public static void MapAccount(this IEndpointRouteBuilder routes)
    {
        routes.MapPage("/sign-in", context => Layout.PageAsync(context, "Sign in", Html.Of($"""
            <h1>Sign in</h1>
            <form class="panel" method="post" action="/sign-in">{Layout.Token(context)}
            <label for="name">Your name</label><input id="name" name="name" required maxlength="{Visitor.MaxNameLength}" autocomplete="nickname" autofocus>
            <p class="hint">Any name will do. Your session gets a new token, and your cart comes along.</p>
            <button class="main" id="sign-in">Sign in</button></form>
            """)));

        routes.MapPost("/sign-in", async (HttpContext context, [FromForm] string name) =>
        {
            name = name.Trim();
            if (name.Length is 0 or > Visitor.MaxNameLength) return Redirect.To("/sign-in");

            // Whoever knew the token before knows it no more, which is what stops session fixation.
            await context.GetHybridSession().RegenerateIdAsync();
            var visitor = new Visitor(context.Session) { Name = name };
            visitor.Tell($"Welcome, {name}. Your cart came along.");
            return Redirect.To("/");
        });

        routes.MapPost("/sign-out", async (HttpContext context) =>
        {
            // The row is gone when this returns; the cookie goes with the response.
            await context.GetHybridSession().AbandonAsync();
            return Redirect.To("/");
        }).AddEndpointFilter(Redirect.CheckToken);
    }
}
