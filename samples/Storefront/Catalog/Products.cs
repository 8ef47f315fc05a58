namespace Storefront.Catalog;

/// <summary>What the shop sells.</summary>
internal static class Products
{
    public static IReadOnlyList<Product> All { get; } =
    [
        new("notebook", "Field notebook", 1400, "Ninety-six dotted pages that lie flat, and a band that keeps them shut.", Pictures.Notebook),
        new("pencils", "Three pencils", 650, "Cedar, soft graphite, sharpened by hand before they leave us.", Pictures.Pencils),
        new("mug", "Harbour mug", 1800, "Stoneware for a third of a litre of something hot.", Pictures.Mug),
        new("lamp", "Reading lamp", 7900, "Warm light on a counterweighted arm, with a real switch.", Pictures.Lamp),
        new("plant", "Desk fern", 1200, "Forgives a forgotten week. The pot is included.", Pictures.Plant),
        new("clock", "Quiet clock", 4500, "Sweeping hands and no tick at all.", Pictures.Clock),
        new("ink", "Night-blue ink", 1650, "Fifty millilitres, dries darker than it looks.", Pictures.Ink),
        new("letters", "Letter set", 980, "Ten sheets, ten envelopes, and no excuse left.", Pictures.Letters),
        new("books", "Pair of bookends", 3200, "Two kilos of patience that keep a shelf upright.", Pictures.Books),
        new("tape", "Paper tape", 520, "Three rolls that tear straight and come off clean.", Pictures.Tape),
        new("ruler", "Brass ruler", 2100, "Twenty centimetres, engraved, for a lifetime.", Pictures.Ruler),
        new("candle", "Lantern candle", 1550, "Burns for thirty hours and smells of rain.", Pictures.Candle),
    ];

    public static Product? Find(string id) => All.FirstOrDefault(p => p.Id == id);
}
