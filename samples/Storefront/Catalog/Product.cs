namespace Storefront.Catalog;

/// <summary>Something to buy.</summary>
/// <param name="Id">Its part of an address.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Cents">Its price.</param>
/// <param name="Line">One sentence about it.</param>
/// <param name="Picture">The inside of an SVG drawing of 200 by 150.</param>
internal sealed record Product(string Id, string Name, int Cents, string Line, string Picture);
