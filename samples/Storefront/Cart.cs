using System.Globalization;
using Storefront.Catalog;

namespace Storefront;

/// <summary>The cart of a session: one key a product, so that two tabs which add different things never overwrite each other.</summary>
internal sealed class Cart(ISession session)
{
    public const int MaxQuantity = 9_999;

    private const string Prefix = "cart.";

    public IReadOnlyList<(Product Product, int Quantity)> Lines =>
        [.. from product in Products.All let quantity = QuantityOf(product) where quantity > 0 select (product, quantity)];

    public int Count => Lines.Sum(l => l.Quantity);

    public int Cents => Lines.Sum(l => l.Quantity * l.Product.Cents);

    public int QuantityOf(Product product) => session.GetInt32(Prefix + product.Id) ?? 0;

    public void Add(Product product) => SetQuantity(product, QuantityOf(product) + 1);

    public void SetQuantity(Product product, int quantity)
    {
        if (quantity <= 0) session.Remove(Prefix + product.Id);
        else session.SetInt32(Prefix + product.Id, Math.Min(quantity, MaxQuantity));
    }

    public void Empty()
    {
        foreach (var (product, _) in Lines) SetQuantity(product, 0);
    }

    public static string Money(int cents) => string.Create(CultureInfo.InvariantCulture, $"€ {cents / 100}.{cents % 100:00}");
}
