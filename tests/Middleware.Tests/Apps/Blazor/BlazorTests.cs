using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HybridSession.Middleware.Tests.Apps.Blazor;

/// <summary>Static server rendering: a component that reads the session while it renders and changes it when its form is sent.</summary>
public class BlazorTests
{
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task A_component_reads_the_session_and_its_form_changes_it(HostKind kind)
    {
        await using var site = await Site.StartAsync(
            kind,
            services => services.AddRazorComponents(),
            app =>
            {
                app.UseAntiforgery();
                app.MapRazorComponents<App>();
            });
        var browser = new Browser(site.NewClient());

        await browser.OpenAsync("/poll");
        Assert.Contains(">undecided<", browser.Page, StringComparison.Ordinal);
        await browser.SubmitAsync("vote", ("Ballot.Choice", "tea"));
        Assert.Contains(">tea<", browser.Page, StringComparison.Ordinal);
        Assert.Contains("the session", browser.Record[^1], StringComparison.Ordinal);
        await browser.SubmitAsync("vote", ("Ballot.Choice", "coffee"));
        await browser.OpenAsync("/poll");

        Assert.Contains(">coffee<", browser.Page, StringComparison.Ordinal);
        Assert.Contains(">2 changes<", browser.Page, StringComparison.Ordinal);
    }
}
