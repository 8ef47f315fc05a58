using Storefront.Catalog;

namespace Storefront.Pages;

/// <summary>The shop's shelves.</summary>
internal static class ShopPages
{
    public static void MapShop(this IEndpointRouteBuilder routes)
    {
        routes.MapStyle();
        routes.MapPage("/", context => Layout.PageAsync(context, "Shop", Html.Of($"""
            <div class="intro"><h1>Good things for a quiet desk</h1><p>Twelve of them, no more. Put some in your cart, restart the server, and find them still there.</p></div>
            <ul class="shelf">{Products.All.Select(p => Card(context, p))}</ul>
            """)));

        routes.MapGet("/products/{id}", (string id, HttpContext context) => Products.Find(id) is { } product
            ? Layout.PageAsync(context, product.Name, Html.Of($"""
                <article class="product"><div class="picture">{Picture(product)}</div>
                <div><h1>{product.Name}</h1><p>{product.Line}</p><p class="price">{Cart.Money(product.Cents)}</p>{AddForm(context, product)}<p><a href="/">Back to the shelf</a></p></div></article>
                """))
            : Layout.PageAsync(context, "Not found", new("<h1>We don’t sell that</h1><p><a href=\"/\">Back to the shelf</a></p>"), StatusCodes.Status404NotFound));
    }

    public static Html Picture(Product product) => new($"<svg viewBox=\"0 0 200 150\" aria-hidden=\"true\" focusable=\"false\">{product.Picture}</svg>");

    private static Html Card(HttpContext context, Product product) => Html.Of($"""
        <li class="card"><a class="picture" href="/products/{product.Id}" tabindex="-1" aria-hidden="true">{Picture(product)}</a>
        <h2><a href="/products/{product.Id}">{product.Name}</a></h2><p>{product.Line}</p>
        <div class="buy"><span class="price">{Cart.Money(product.Cents)}</span>{AddForm(context, product)}</div></li>
        """);

    private static Html AddForm(HttpContext context, Product product) => Html.Of($"""
        <form method="post" action="/cart/add">{Layout.Token(context)}<input type="hidden" name="product" value="{product.Id}"><button class="main" id="add-{product.Id}" aria-label="Add {product.Name} to the cart">Add to cart</button></form>
        """);
}
