using System.Security.Cryptography;
using Microsoft.AspNetCore.Antiforgery;

namespace Storefront.Pages;

/// <summary>What all pages share: head, header, message, footer.</summary>
internal static class Layout
{
    private static readonly byte[] Css = ReadCss();

    // The address changes with the content, so the browser may keep it for good.
    private static readonly string CssUrl = $"/site.{Convert.ToHexStringLower(SHA256.HashData(Css))[..10]}.css";

    public static void MapStyle(this IEndpointRouteBuilder routes) => routes.MapGet(CssUrl, (HttpContext context) =>
    {
        context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        return Results.Bytes(Css, "text/css; charset=utf-8");
    });

    // As a plain Delegate: a lambda from HttpContext to a Task would be taken for one that writes the response itself.
    public static void MapPage(this IEndpointRouteBuilder routes, string path, Func<HttpContext, Task<IResult>> page) => routes.MapGet(path, (Delegate)page);

    public static async Task<IResult> PageAsync(HttpContext context, string title, Html body, int statusCode = StatusCodes.Status200OK)
    {
        var (cart, visitor) = (new Cart(context.Session), new Visitor(context.Session));
        var message = visitor.TakeMessage();
        var path = context.Request.Path.Value;
        Html Current(string target) => new(path == target ? " aria-current=\"page\"" : "");

        var account = visitor.Name is { } name
            ? Html.Of($"""<span class="hello">Hello, {name}</span><form method="post" action="/sign-out">{Token(context)}<button class="link" id="sign-out">Sign out</button></form>""")
            : Html.Of($"""<a href="/sign-in"{Current("/sign-in")}>Sign in</a>""");

        var page = Html.Of($"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>{title} · Lantern &amp; Ledger</title>
            <link rel="stylesheet" href="{CssUrl}">
            <link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Ccircle cx='8' cy='8' r='7' fill='%23c8654b'/%3E%3C/svg%3E">
            </head>
            <body>
            <a class="skip" href="#main">Skip to the content</a>
            <header class="top"><div class="wide">
            <a class="brand" href="/"><svg viewBox="0 0 32 32" aria-hidden="true"><path d="M9 12h14l2 14H7z" fill="#c8654b"/><path d="M11 12a5 5 0 0 1 10 0" fill="none" stroke="currentColor" stroke-width="2"/><circle cx="16" cy="19" r="4" fill="#f2cc8f"/></svg>Lantern &amp; Ledger</a>
            <nav aria-label="Main"><a href="/"{Current("/")}>Shop</a><a href="/cart"{Current("/cart")}>Cart<span class="count" id="cart-count">{cart.Count}</span></a>{account}</nav>
            </div></header>
            <main id="main" class="wide">
            {Html.When(message is not null, $"<p class=\"message\" role=\"status\">{message}</p>")}
            {Html.When(!context.Session.IsAvailable, $"<p class=\"message warn\" role=\"status\">Our stockroom does not answer just now. Look around: your cart is safe, and will be back with it.</p>")}
            {body}
            </main>
            {await StatusStrip.ForAsync(context)}
            </body>
            </html>
            """);
        context.Response.Headers.CacheControl = "no-store";
        return Results.Content(page.Text, "text/html; charset=utf-8", statusCode: statusCode);
    }

    /// <summary>The hidden field without which a form is refused.</summary>
    public static Html Token(HttpContext context)
    {
        var tokens = context.RequestServices.GetRequiredService<IAntiforgery>().GetAndStoreTokens(context);
        return Html.Of($"<input type=\"hidden\" name=\"{tokens.FormFieldName}\" value=\"{tokens.RequestToken}\">");
    }

    private static byte[] ReadCss()
    {
        using var stream = typeof(Layout).Assembly.GetManifestResourceStream("site.css")!;
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
