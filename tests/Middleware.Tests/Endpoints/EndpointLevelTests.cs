using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Xunit;

namespace HybridSession.Middleware.Tests.Endpoints;

public class EndpointLevelTests
{
    [Theory]
    [InlineData(Durability.WriteBehind, Durability.Durable, false)]
    [InlineData(Durability.WriteBehind, Durability.Durable, true)]
    [InlineData(Durability.Durable, Durability.WriteBehind, false)]
    [InlineData(Durability.Durable, Durability.WriteBehind, true)]
    public async Task An_endpoint_may_be_stricter_or_laxer_than_the_application_wherever_the_middleware_stands(Durability application, Durability endpoint, bool routingFirst)
    {
        await using var app = await EndpointSite.StartAsync(
            e =>
            {
                e.MapGet("/own", EndpointSite.Change).WithSession(durability: endpoint);
                e.MapGet("/plain", EndpointSite.Change);
            },
            application,
            routingFirst);

        Assert.Equal(endpoint, await app.LevelOfAsync("/own"));
        Assert.Equal(application, await app.LevelOfAsync("/plain"));
    }

    [Fact]
    public async Task The_attribute_of_a_delegate_counts()
    {
        await using var app = await EndpointSite.StartAsync(e =>
        {
            e.MapGet("/lambda", [SessionDurability(Durability.Durable)] (HttpContext context) => EndpointSite.Change(context));
            e.MapGet("/method", DurableMethod);
        });

        Assert.Equal(Durability.Durable, await app.LevelOfAsync("/lambda"));
        Assert.Equal(Durability.Durable, await app.LevelOfAsync("/method"));
    }

    [Fact]
    public async Task The_most_specific_metadata_wins()
    {
        await using var app = await EndpointSite.StartAsync(e =>
        {
            var strict = e.MapGroup("/strict").WithSession(durability: Durability.Durable);
            strict.MapGet("/plain", EndpointSite.Change);
            strict.MapGet("/lax", EndpointSite.Change).WithSession(durability: Durability.WriteBehind);
            strict.MapGet("/attribute", [SessionDurability(Durability.WriteBehind)] (HttpContext context) => EndpointSite.Change(context));
            strict.MapGet("/silent", EndpointSite.Change).WithSession();
            strict.MapGroup("/inner").WithSession(durability: Durability.WriteBehind).MapGet("/plain", EndpointSite.Change);
            e.MapGet("/both", [SessionDurability(Durability.WriteBehind)] (HttpContext context) => EndpointSite.Change(context)).WithSession(durability: Durability.Durable);
        });

        Assert.Equal(Durability.Durable, await app.LevelOfAsync("/strict/plain"));
        Assert.Equal(Durability.WriteBehind, await app.LevelOfAsync("/strict/lax"));
        Assert.Equal(Durability.WriteBehind, await app.LevelOfAsync("/strict/attribute"));
        Assert.Equal(Durability.Durable, await app.LevelOfAsync("/strict/silent"));
        Assert.Equal(Durability.WriteBehind, await app.LevelOfAsync("/strict/inner/plain"));
        Assert.Equal(Durability.Durable, await app.LevelOfAsync("/both"));
    }

    [Fact]
    public async Task Metadata_of_the_applications_own_kind_counts()
    {
        await using var app = await EndpointSite.StartAsync(e => e.MapGet("/own", EndpointSite.Change).WithMetadata(new OwnMetadata()));

        Assert.Equal(Durability.Durable, await app.LevelOfAsync("/own"));
    }

    [Theory, InlineData(Durability.Durable, Durability.WriteBehind), InlineData(Durability.WriteBehind, Durability.Durable)]
    public async Task A_call_wins_over_the_endpoint_for_the_changes_before_it(Durability endpoint, Durability call)
    {
        await using var app = await EndpointSite.StartAsync(e =>
        {
            e.MapGet("/before", async context =>
            {
                EndpointSite.Change(context);
                await context.GetHybridSession().CommitAsync(call);
            }).WithSession(durability: endpoint);
            e.MapGet("/after", async context =>
            {
                await context.GetHybridSession().CommitAsync(call);
                EndpointSite.Change(context);
            }).WithSession(durability: endpoint);
        });

        Assert.Equal(call, await app.LevelOfAsync("/before"));
        Assert.Equal(endpoint, await app.LevelOfAsync("/after"));
    }

    [Theory, InlineData(Durability.WriteBehind, Durability.Durable), InlineData(Durability.Durable, Durability.WriteBehind)]
    public async Task A_change_made_before_the_endpoint_is_chosen_has_the_level_of_the_endpoint(Durability application, Durability endpoint)
    {
        await using var app = await new SessionApp
        {
            NeverExpires = true,
            Options = o => o.Durability = application,
            After = a =>
            {
                a.Use((context, next) =>
                {
                    if (context.Request.Path.StartsWithSegments("/counted", StringComparison.Ordinal)) EndpointSite.Change(context);
                    return next(context);
                });
                a.UseRouting().UseEndpoints(e => e.MapGet("/counted/endpoint", () => "page").WithSession(durability: endpoint));
            },
        }.StartAsync();

        Assert.Equal(endpoint, await app.LevelOfAsync("/counted/endpoint"));
        Assert.Equal(application, await app.LevelOfAsync("/counted/none"));
    }

    [Theory, InlineData(Durability.WriteBehind), InlineData(Durability.Durable)]
    public async Task Held_changes_have_the_level_of_the_endpoint_that_made_them(Durability endpoint)
    {
        await using var app = await EndpointSite.StartAsync(
            e => e.MapGet("/own", EndpointSite.Change).WithSession(durability: endpoint),
            endpoint == Durability.Durable ? Durability.WriteBehind : Durability.Durable,
            options: o => o.CommitOnException = false);
        var visitor = await app.KnownVisitorAsync();
        app.Faults.Forget();

        await visitor.GetAsync("/own");

        Assert.Equal(endpoint == Durability.Durable ? 1 : 0, app.Faults.Count("Flush"));
    }

    [Fact]
    public void A_level_that_is_none_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new SessionDurabilityAttribute((Durability)7));
    }

    [SessionDurability(Durability.Durable)]
    private static void DurableMethod(HttpContext context) => EndpointSite.Change(context);

    private sealed class OwnMetadata : ISessionDurabilityMetadata
    {
        public Durability Durability => Durability.Durable;
    }
}
