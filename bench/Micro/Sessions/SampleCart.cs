using System.Globalization;
using System.Text;
using HybridSession.Payload;

namespace HybridSession.Bench.Micro.Sessions;

/// <summary>A session as shops have them: a token, who the visitor is, and a cart in JSON. It compresses as text does, which random bytes would not.</summary>
internal static class SampleCart
{
    private const int TokenLength = 32;

    private static readonly string[] Products = ["Enamel mug, 350 ml", "Linen apron", "Oak cutting board", "Bread knife", "Cast iron pan", "Salt mill", "Tea towel, set of 3"];

    /// <summary>The same at each run, and exactly <paramref name="size"/> bytes long.</summary>
    public static byte[] Pack(int size)
    {
        var random = new Random(7);
        var token = new byte[TokenLength];
        random.NextBytes(token);
        var node = NodeId.Create();
        var session = PackedSession.Empty.Set("antiforgery"u8, token, 1, node).Set("culture"u8, "en-GB"u8, 2, node);
        var cart = Encoding.UTF8.GetBytes(Cart(random, size));
        var packed = session.Set("cart"u8, cart, 3, node).Bytes;
        // What the cart's own length takes depends on it.
        for (var length = cart.Length; packed.Length > size; length--) packed = session.Set("cart"u8, cart.AsSpan(0, length), 3, node).Bytes;
        return packed;
    }

    private static string Cart(Random random, int size)
    {
        var text = new StringBuilder("{\"items\":[");
        while (text.Length < size)
        {
            text.Append(CultureInfo.InvariantCulture, $$"""
                {"sku":"{{random.Next(100_000, 1_000_000)}}","name":"{{Products[random.Next(Products.Length)]}}","quantity":{{random.Next(1, 9)}},"unitPrice":{{random.Next(100, 10_000) / 100m}},"addedAt":"2026-11-{{random.Next(10, 28)}}T{{random.Next(10, 24)}}:17:31Z"},
                """);
        }

        return text.ToString(0, size);
    }
}
