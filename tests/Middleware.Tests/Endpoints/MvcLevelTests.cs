using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HybridSession.Middleware.Tests.Endpoints;

public class MvcLevelTests
{
    [Theory]
    [InlineData("/strict/plain", Durability.Durable)]
    [InlineData("/strict/lax", Durability.WriteBehind)]
    [InlineData("/derived/plain", Durability.Durable)]
    [InlineData("/lax/plain", Durability.WriteBehind)]
    [InlineData("/lax/strict", Durability.Durable)]
    public async Task An_actions_attribute_wins_over_its_controllers(string path, Durability expected)
    {
        await using var app = await EndpointSite.StartAsync(
            e => e.MapControllerRoute("default", "{controller}/{action}"),
            services: s => s.AddControllers().AddApplicationPart(typeof(StrictController).Assembly));

        Assert.Equal(expected, await app.LevelOfAsync(path));
    }

    [Theory, InlineData("/Strict", Durability.Durable), InlineData("/Lax", Durability.WriteBehind)]
    public async Task The_attribute_of_a_razor_page_model_counts(string page, Durability expected)
    {
        await using var app = await EndpointSite.StartAsync(
            e => e.MapRazorPages(),
            services: s => s.AddRazorPages(o => o.RootDirectory = "/Endpoints/Pages").AddApplicationPart(typeof(StrictController).Assembly));

        Assert.Equal(expected, await app.LevelOfAsync(page));
    }

    [Fact]
    public async Task A_convention_on_all_razor_pages_counts()
    {
        await using var app = await EndpointSite.StartAsync(
            e => e.MapRazorPages().WithSession(durability: Durability.Durable),
            services: s => s.AddRazorPages(o => o.RootDirectory = "/Endpoints/Pages").AddApplicationPart(typeof(StrictController).Assembly));

        Assert.Equal(Durability.Durable, await app.LevelOfAsync("/Lax"));
    }
}

[SessionDurability(Durability.Durable)]
public class StrictController : ControllerBase
{
    public void Plain() => EndpointSite.Change(HttpContext);

    [SessionDurability(Durability.WriteBehind)]
    public void Lax() => EndpointSite.Change(HttpContext);
}

public sealed class DerivedController : StrictController;

public sealed class LaxController : ControllerBase
{
    public void Plain() => EndpointSite.Change(HttpContext);

    [SessionDurability(Durability.Durable)]
    public void Strict() => EndpointSite.Change(HttpContext);
}
