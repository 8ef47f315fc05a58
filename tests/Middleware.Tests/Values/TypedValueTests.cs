using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using CsCheck;
using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Http;

namespace HybridSession.Middleware.Tests.Values;

public class TypedValueTests
{
    private static readonly Gen<Cart> GenCart =
        Gen.Select(Gen.String, Gen.Select(Gen.String, Gen.Int, Gen.Decimal, static (product, count, price) => new CartLine(product, count, price)).List[0, 20], static (owner, lines) => new Cart(owner, lines));

    private static SessionApp App(HostKind kind = HostKind.Hybrid, Action<HybridSessionOptions>? more = null) => new()
    {
        Kind = kind,
        Options = options =>
        {
            options.Json.TypeInfoResolverChain.Add(ShopJson.Default);
            more?.Invoke(options);
        },
    };

    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task What_is_set_with_type_info_is_got_by_a_later_request(HostKind kind)
    {
        await using var app = await App(kind).StartAsync();
        var visitor = app.NewVisitor();

        await visitor.UseAsync(app, s => s.Set("cart", new Cart("ann", [new CartLine("mug", 2, 9.50m)]), ShopJson.Default.Cart));

        var cart = await visitor.AskAsync(app, s => s.Get("cart", ShopJson.Default.Cart));
        Assert.Equal("ann", cart!.Owner);
        Assert.Equal([new CartLine("mug", 2, 9.50m)], cart.Lines);
        Assert.True(await visitor.AskAsync(app, s => s.TryGet("cart", ShopJson.Default.Cart, out _)));
        Assert.False(await visitor.AskAsync(app, s => s.TryGet("none", ShopJson.Default.Cart, out _)));
        Assert.Null(await visitor.AskAsync(app, s => s.Get("none", ShopJson.Default.Cart)));
    }

    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task Every_value_reads_back_as_it_was(HostKind kind)
    {
        await using var app = await App(kind).StartAsync();

        // A failure prints the seed.
        await app.GetAsync(context =>
        {
            GenCart.Sample(
                cart =>
                {
                    context.Session.Set("cart", cart, ShopJson.Default.Cart);
                    var read = context.Session.Get("cart", ShopJson.Default.Cart)!;
                    Assert.Equal(Readable(cart.Owner), read.Owner);
                    Assert.Equal(cart.Lines.Select(line => line with { Product = Readable(line.Product) }), read.Lines);
                },
                iter: 300, threads: 1);
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task A_type_that_a_registered_context_knows_needs_no_type_info()
    {
        await using var app = await App().StartAsync();
        var visitor = app.NewVisitor();

        await visitor.GetAsync(app, context =>
        {
            context.GetHybridSession().Set("cart", new Cart("ann", []));
            return Task.CompletedTask;
        });

        Assert.Equal("ann", (await visitor.AskAsync(app, s => ((IHybridSession)s).Get<Cart>("cart")))!.Owner);
        Assert.True(await visitor.AskAsync(app, s => ((IHybridSession)s).TryGet<Cart>("cart", out _)));
    }

    [Fact]
    public async Task A_type_that_nobody_knows_is_named_with_what_to_do_and_nothing_is_set()
    {
        await using var app = await App().StartAsync();
        await using var without = await new SessionApp().StartAsync();

        foreach (var site in new[] { app, without })
        {
            await site.GetAsync(context =>
            {
                var session = context.GetHybridSession();
                session.SetString("stranger", "{}");
                var set = Assert.Throws<InvalidOperationException>(() => session.Set("other", new Stranger("bob")));
                Assert.Contains(typeof(Stranger).FullName!, set.Message, StringComparison.Ordinal);
                Assert.Contains("TypeInfoResolverChain.Add", set.Message, StringComparison.Ordinal);
                Assert.Throws<InvalidOperationException>(() => session.Get<Stranger>("stranger"));
                Assert.Throws<InvalidOperationException>(() => session.Pop<Stranger>("stranger"));
                Assert.Equal(["stranger"], session.Keys);
                return Task.CompletedTask;
            });
        }
    }

    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task Text_and_int_have_the_bytes_of_the_stock_extensions(HostKind kind)
    {
        await using var app = await App(kind).StartAsync();

        await app.GetAsync(context =>
        {
            var session = context.Session;
            session.SetString("stock text", "grüße");
            session.SetInt32("stock int", -5);
            session.Set("text", "grüße", ShopJson.Default.String);
            session.Set("int", -5, ShopJson.Default.Int32);

            Assert.Equal("grüße", session.Get("stock text", ShopJson.Default.String));
            Assert.Equal(-5, session.Get("stock int", ShopJson.Default.Int32));
            Assert.Equal("grüße", session.GetString("text"));
            Assert.Equal(-5, session.GetInt32("int"));
            Assert.Equal(session.Get("stock text"), session.Get("text"));
            Assert.Equal(session.Get("stock int"), session.Get("int"));
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task Plain_types_need_no_context_and_nullable_ones_tell_none_from_zero()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        var id = new Guid("00112233-4455-6677-8899-aabbccddeeff");
        var at = new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.FromHours(-3.5));

        await visitor.UseAsync(app, s =>
        {
            var session = (IHybridSession)s;
            session.Set("int", 0);
            session.Set("long", long.MinValue);
            session.Set("bool", true);
            session.Set("double", double.Epsilon);
            session.Set("decimal", 1.10m);
            session.Set("guid", id);
            session.Set("at", at);
            session.Set<byte[]>("bytes", [1, 2]);
            session.Set("text", "");
            session.Set<int?>("nullable", 7);
        });

        await visitor.UseAsync(app, s =>
        {
            var session = (IHybridSession)s;
            Assert.Equal(0, session.Get<int?>("int"));
            Assert.Null(session.Get<int?>("none"));
            Assert.Equal(0, session.Get<int>("none"));
            Assert.Equal(long.MinValue, session.Get<long>("long"));
            Assert.True(session.Get<bool>("bool"));
            Assert.Equal(double.Epsilon, session.Get<double>("double"));
            Assert.Equal("1.10", session.Get<decimal>("decimal").ToString(System.Globalization.CultureInfo.InvariantCulture));
            Assert.Equal(id, session.Get<Guid>("guid"));
            Assert.True(at.EqualsExact(session.Get<DateTimeOffset>("at")));
            Assert.Equal([1, 2], session.Get<byte[]>("bytes")!);
            Assert.Equal("", session.Get<string>("text"));
            Assert.Equal(7, session.Get<int>("nullable"));
        });
    }

    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task A_value_of_another_type_is_told_by_type_and_place_but_never_shown(HostKind kind)
    {
        await using var app = await App(kind).StartAsync();

        await app.GetAsync(context =>
        {
            context.Session.SetString("broken", """{"Owner":"secret","Lines":[{"Product":"secret","Count":"secret"}]}""");
            context.Session.Set("text", [0xFF, 0xFE]);
            context.Session.SetString("number", "secret");

            var json = Assert.Throws<SessionValueException>(() => context.Session.Get("broken", ShopJson.Default.Cart));
            var text = Assert.Throws<SessionValueException>(() => context.Session.Get("text", ShopJson.Default.String));
            var number = Assert.Throws<SessionValueException>(() => context.Session.TryGet("number", ShopJson.Default.Int32, out _));

            Assert.Equal([typeof(Cart), typeof(string), typeof(int)], new[] { json, text, number }.Select(static e => e.ValueType));
            Assert.Contains(typeof(Cart).FullName!, json.Message, StringComparison.Ordinal);
            Assert.Contains("line 1, byte ", json.Message, StringComparison.Ordinal);
            Assert.Contains("UTF-8", text.Message, StringComparison.Ordinal);
            Assert.Contains("4 bytes", number.Message, StringComparison.Ordinal);
            Assert.All([json, text, number], static e => Assert.DoesNotContain("secret", e.ToString(), StringComparison.Ordinal));
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task Null_is_no_value()
    {
        await using var app = await App().StartAsync();

        await app.GetAsync(context =>
        {
            var session = context.GetHybridSession();
            Assert.Throws<ArgumentNullException>(() => session.Set<Cart>("cart", null!));
            Assert.Throws<ArgumentNullException>(() => session.Set("cart", null!, ShopJson.Default.Cart));
            Assert.Throws<ArgumentNullException>(() => session.Set<int?>("int", null));
            Assert.Throws<ArgumentNullException>(() => session.Get("cart", (JsonTypeInfo<Cart>)null!));
            Assert.Empty(session.Keys);

            session.SetString("null", "null");
            Assert.False(session.TryGet<Cart>("null", out _));
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task What_the_options_say_about_json_holds()
    {
        await using var app = await App(more: o => o.Json.PropertyNamingPolicy = JsonNamingPolicy.CamelCase).StartAsync();

        await app.GetAsync(context =>
        {
            var session = context.GetHybridSession();
            session.Set("cart", new Cart("zoë", []));
            Assert.Equal("""{"owner":"zoë","lines":[]}""", Encoding.UTF8.GetString(session.Get("cart")!));
            session.Set("cart", new Cart("zoë", []), ShopJson.Default.Cart);
            Assert.Equal("""{"Owner":"zo\u00EB","Lines":[]}""", Encoding.UTF8.GetString(session.Get("cart")!));
            session.Set("cart", new Cart("zoë", []));
            Assert.Equal("""{"owner":"zoë","lines":[]}""", Encoding.UTF8.GetString(session.Get("cart")!));
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task A_large_value_reads_back()
    {
        await using var app = await App().StartAsync();
        var words = Enumerable.Range(0, 30_000).Select(static i => $"word {i}").ToList();

        await app.GetAsync(context =>
        {
            context.Session.Set("words", words, ShopJson.Default.ListString);
            Assert.Equal(words, context.Session.Get("words", ShopJson.Default.ListString));
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task A_converter_may_use_the_session_itself_and_may_fail()
    {
        await using var app = await App().StartAsync();

        await app.GetAsync(context =>
        {
            var session = context.GetHybridSession();
            Assert.Throws<NotSupportedException>(() => session.Set("failed", new Odd(static () => throw new NotSupportedException("by intention")), OddJson.Default.Odd));
            session.Set("outer", new Odd(() => session.Set("inner", new Cart("ann", []))), OddJson.Default.Odd);

            Assert.Equal("[]", session.GetString("outer"));
            Assert.Equal("ann", session.Get<Cart>("inner")!.Owner);
            Assert.Equal(["inner", "outer"], session.Keys);
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task A_session_that_is_not_available_has_no_values_and_ignores_new_ones()
    {
        await using var app = await App().StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => ((IHybridSession)s).Set("n", 1));
        await using var cold = await app.RestartAsync();
        var returning = cold.NewVisitor();
        returning.Cookie = visitor.Cookie;
        cold.Faults.Fails = true;

        var response = await returning.UseAsync(cold, s =>
        {
            var session = (IHybridSession)s;
            Assert.False(session.IsAvailable);
            session.Set("n", 2);
            session.Flash(FlashLevel.Info, "lost");
            session.Transient.Set("t", 1);
            Assert.Null(session.Get<int?>("n"));
            Assert.Null(session.Pop<int?>("n"));
            Assert.Empty(session.TakeFlashes());
        });

        Assert.True(response.IsSuccessStatusCode);
        Assert.Empty(response.SetCookies());
    }

    // Half of a surrogate pair is no text: UTF-8 has no bytes for it.
    private static string Readable(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
