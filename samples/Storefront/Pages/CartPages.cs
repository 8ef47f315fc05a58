using Microsoft.AspNetCore.Mvc;
using Storefront.Catalog;

namespace Storefront.Pages;

/// <summary>The cart and the till.</summary>
internal static class CartPages
{
    public static void MapCart(this IEndpointRouteBuilder routes)
    {
        routes.MapPage("/cart", CartPageAsync);

        // The same for programs.
        routes.MapGet("/cart.json", (HttpContext context) => new Cart(context.Session).Lines.ToDictionary(l => l.Product.Id, l => l.Quantity));

        routes.MapPost("/cart/add", (HttpContext context, [FromForm] string product) => Change(context, product, (cart, found) =>
        {
            cart.Add(found);
            new Visitor(context.Session).Tell($"{found.Name} is in your cart.");
            return "/";
        }));

        routes.MapPost("/cart/quantity", (HttpContext context, [FromForm] string product, [FromForm] int quantity) => Change(context, product, (cart, found) =>
        {
            cart.SetQuantity(found, quantity);
            return "/cart";
        }));

        routes.MapPost("/checkout", (HttpContext context, [FromForm] string confirm) =>
        {
            var cart = new Cart(context.Session);
            if (cart.Count > 0)
            {
                new Visitor(context.Session).Tell($"Thank you! {cart.Count} things for {Cart.Money(cart.Cents)} are on their way. (Nothing was charged: this is a sample.)");
                cart.Empty();
            }

            return Redirect.To("/");
        });
        routes.MapPage("/checkout", CheckoutPageAsync);
    }

    private static IResult Change(HttpContext context, string productId, Func<Cart, Product, string> change)
    {
        // A change to a session that could not be loaded would be lost without a word.
        if (!context.Session.IsAvailable) return Redirect.To("/");
        return Products.Find(productId) is { } product ? Redirect.To(change(new Cart(context.Session), product)) : Results.NotFound();
    }

    private static Task<IResult> CartPageAsync(HttpContext context)
    {
        var cart = new Cart(context.Session);
        return Layout.PageAsync(context, "Cart", cart.Count == 0
            ? new("<h1>Your cart</h1><p class=\"empty\">Nothing in it yet. <a href=\"/\">The shelf</a> is full, though.</p>")
            : Html.Of($"""
                <h1>Your cart</h1>
                <ul class="lines">{cart.Lines.Select(line => LineOf(context, line.Product, line.Quantity))}</ul>
                <div class="total"><span>Total <strong id="total">{Cart.Money(cart.Cents)}</strong></span><a class="button main" id="to-checkout" href="/checkout">To the till</a></div>
                """));
    }

    private static Html LineOf(HttpContext context, Product product, int quantity) => Html.Of($"""
        <li><span class="picture">{ShopPages.Picture(product)}</span>
        <span class="name"><a href="/products/{product.Id}">{product.Name}</a><small>{Cart.Money(product.Cents)} each</small></span>
        <form class="stepper" method="post" action="/cart/quantity">{Layout.Token(context)}<input type="hidden" name="product" value="{product.Id}">
        <button name="quantity" value="{quantity - 1}" aria-label="One less of {product.Name}">−</button><output id="quantity-{product.Id}">{quantity}</output>
        <button name="quantity" value="{quantity + 1}" id="more-{product.Id}" aria-label="One more of {product.Name}">+</button>
        <button class="link" name="quantity" value="0" id="remove-{product.Id}" aria-label="Remove {product.Name}">Remove</button></form>
        <span class="price">{Cart.Money(quantity * product.Cents)}</span></li>
        """);

    private static Task<IResult> CheckoutPageAsync(HttpContext context)
    {
        var cart = new Cart(context.Session);
        var customer = new Visitor(context.Session).Name is { } name ? $", {name}" : "";
        return Layout.PageAsync(context, "Till", Html.Of($"""
            <h1>At the till</h1>
            <section class="panel"><p>{cart.Count} things for <strong>{Cart.Money(cart.Cents)}</strong>{customer}. Nothing is charged: the order only empties your cart.</p>
            <form method="post" action="/checkout">{Layout.Token(context)}<button class="main" id="buy" name="confirm" value="yes">Place the order</button></form></section>
            """));
    }
}
