using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Http;

namespace HybridSession.Middleware.Tests.Values;

// On a session that is hot and dirty already: what a typed call costs beside what it is made of.
public class ValueAllocationTests
{
#if DEBUG
    private const int NullCheckBytes = 24; // without optimisation, whether a value is null is asked of an object
#else
    private const int NullCheckBytes = 0;
#endif

    private static readonly Cart[] Carts = [new("ann", [new CartLine("mug", 1, 9.50m)]), new("ben", [new CartLine("jug", 2, 7.50m)])];

    [Fact]
    public async Task Setting_a_typed_value_allocates_what_setting_its_bytes_does_and_the_serializer_itself() => await InSession(session =>
    {
        using var nowhere = new Utf8JsonWriter(Stream.Null);
        var bytes = Array.ConvertAll(Carts, static cart => JsonSerializer.SerializeToUtf8Bytes(cart, ShopJson.Default.Cart));
        Assert.Equal(bytes[0].Length, bytes[1].Length);

        var plain = Allocated(i => session.Set("cart", bytes[i % 2]));

        Assert.InRange(plain, 1, 1_024);
        var known = (JsonTypeInfo<Cart>)session.Json.GetTypeInfo(typeof(Cart));
        Assert.Equal(plain + Serializing(known), Allocated(i => session.Set("cart", Carts[i % 2])));
        Assert.Equal(plain + Serializing(ShopJson.Default.Cart), Allocated(i => session.Set("cart", Carts[i % 2], ShopJson.Default.Cart)));

        long Serializing(JsonTypeInfo<Cart> typeInfo) => Allocated(i =>
        {
            nowhere.Reset();
            JsonSerializer.Serialize(nowhere, Carts[i % 2], typeInfo);
        });
    });

    [Fact]
    public async Task Setting_a_number_or_a_text_allocates_no_more_than_setting_its_bytes() => await InSession(session =>
    {
        byte[][] numbers = [[0, 0, 0, 1], [0, 0, 0, 2]];
        var plain = Allocated(i => session.Set("n", numbers[i % 2]));

        Assert.Equal(plain + NullCheckBytes, Allocated(i => session.Set("n", i % 2)));
        Assert.Equal(plain, Allocated(i => session.Set("n", i % 2 == 0 ? "even" : "odd!")));
    });

    [Fact]
    public async Task Getting_allocates_only_what_is_got() => await InSession(session =>
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(Carts[0], ShopJson.Default.Cart);
        session.Set("cart", Carts[0]);
        session.Set("n", 5);
        session.Set("text", "12345");
        string? text = null;

        Assert.Equal(0, Allocated(_ => session.Get<int>("n")));
        Assert.Equal(0, Allocated(_ => session.TryGet<int?>("n", out var _)));
        Assert.Equal(Allocated(_ => text = new string('x', 5)), Allocated(_ => text = session.Get<string>("text")));
        Assert.Equal("12345", text);
        Assert.Equal(Allocated(_ => JsonSerializer.Deserialize(bytes, ShopJson.Default.Cart)), Allocated(_ => session.Get<Cart>("cart")));
    });

    private static async Task InSession(Action<IHybridSession> use)
    {
        await using var app = await new SessionApp { Options = static o => o.Json.TypeInfoResolverChain.Add(ShopJson.Default) }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, static s => s.Set("other", new byte[100]));
        await visitor.GetAsync(app, context =>
        {
            use(context.GetHybridSession());
            return Task.CompletedTask;
        });
    }

    private static long Allocated(Action<int> act)
    {
        var allocated = 0L;
        for (var i = 0; i < 100; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            act(i);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }
        return allocated;
    }
}
