using System.Text.Encodings.Web;
using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace HybridSession.Middleware.Tests.Values;

/// <summary>The examples of <c>docs/values.md</c>; <see cref="ValuesPageTests"/> compares them.</summary>
public class ValuesPageExamples
{
    [Fact]
    public async Task Typed_values()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseTestServer();
        builder.Services.AddHybridSession(o => o.Json.TypeInfoResolverChain.Add(ShopJson.Default))
                        .UseInMemoryStore();
        await using var app = builder.Build();
        app.UseHybridSession();
        app.Run(static context =>
        {
            var session = context.GetHybridSession();
            var cart = session.Get<Cart>("cart") ?? new Cart("ann", []);
            cart.Lines.Add(new CartLine("mug", 1, 9.50m));
            session.Set("cart", cart);
            return context.Response.WriteAsync($"{context.Session.Get("cart", ShopJson.Default.Cart)!.Lines.Count}");
        });
        await app.StartAsync();
        var visitor = new Visitor(app.GetTestClient());

        Assert.Equal("1", await (await visitor.GetAsync("/")).Content.ReadAsStringAsync());
        Assert.Equal("2", await (await visitor.GetAsync("/")).Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Taking_a_value_out()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, static s => s.SetString("checkout", "order 1"));

        Assert.IsType<Microsoft.AspNetCore.Http.HttpResults.Ok<string>>(await visitor.AskAsync(app, static s => Send((IHybridSession)s)));
        Assert.IsType<Microsoft.AspNetCore.Http.HttpResults.Conflict<string>>(await visitor.AskAsync(app, static s => Send((IHybridSession)s)));

        static IResult Send(IHybridSession session)
        {
            if (!session.TryPop("checkout", out string? order)) return Results.Conflict("This order was sent already.");
            return Results.Ok(order);
        }
    }

    [Fact]
    public async Task Outside_of_a_request()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        var accessor = app.Provider.GetRequiredService<ISessionAccessor>();
        var job = Task.CompletedTask;
        await visitor.UseAsync(app, static s => s.SetInt32("jobs.done", 1));
        await visitor.GetAsync(app, context =>
        {
            var reference = context.GetSessionReference();
            job = WorkAsync(reference!);
            return Task.CompletedTask;
        });

        await job;

        Assert.Equal(2, await visitor.AskAsync(app, static s => s.GetInt32("jobs.done")));

        async Task WorkAsync(SessionReference reference)
        {
            await using var session = await accessor.OpenAsync(reference);
            session?.Increment("jobs.done");
        }
    }

    [Fact]
    public async Task Messages_for_the_next_page()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        app.Routes["/save"] = static context =>
        {
            context.GetHybridSession().Flash(FlashLevel.Success, "Your address is saved.");
            context.Response.Redirect("/account");
            return Task.CompletedTask;
        };
        app.Routes["/account"] = static async context =>
        {
            foreach (var (level, text) in context.GetHybridSession().TakeFlashes())
                await context.Response.WriteAsync($"<p class=\"{level}\">{HtmlEncoder.Default.Encode(text)}</p>");
        };

        var saved = await visitor.SendAsync(HttpMethod.Post, "/save");

        Assert.Equal("<p class=\"Success\">Your address is saved.</p>", await (await visitor.GetAsync(saved.Headers.Location!.ToString())).Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Values_that_are_not_stored()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, static s => s.SetInt32("customer", 7));

        var first = await visitor.AskAsync(app, static s => Ask((IHybridSession)s));
        var second = await visitor.AskAsync(app, static s => Ask((IHybridSession)s));

        Assert.Equal(7, first.Customer);
        Assert.Same(first, second);

        static Report Ask(IHybridSession session)
        {
            var report = session.Transient.GetOrAdd("report", () => Report.Build(session.Get<int>("customer")));
            return report;
        }
    }

    private sealed record Report(int Customer)
    {
        public static Report Build(int customer) => new(customer);
    }
}
