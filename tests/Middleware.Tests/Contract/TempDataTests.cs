using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HybridSession.Middleware.Tests.Contract;

/// <summary>Rule 30: TempData that is kept in the session.</summary>
public class TempDataTests
{
    // Rule 30
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task TempData_of_an_action_survives_the_redirect_and_is_read_once(HostKind kind)
    {
        await using var app = await StartAsync(kind);
        var visitor = app.NewVisitor();

        var redirect = await visitor.GetAsync("/notice/save");
        var first = await visitor.GetAsync("/notice/show");
        var second = await visitor.GetAsync("/notice/show");

        Assert.Equal(302, (int)redirect.StatusCode);
        Assert.Single(redirect.SetCookies());
        Assert.Equal(("saved", "none"), (await first.Content.ReadAsStringAsync(), await second.Content.ReadAsStringAsync()));
    }

    // Rule 30
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task TempData_is_in_the_session_under_its_stock_key(HostKind kind)
    {
        await using var app = await StartAsync(kind);
        var visitor = app.NewVisitor();

        await visitor.GetAsync("/notice/save");

        Assert.Equal(["__ControllerTempData"], await visitor.AskAsync(app, s => s.Keys.ToArray()));
    }

    // Rule 30: what MVC does for a result that writes.
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task TempData_saved_while_the_response_starts_is_kept(HostKind kind)
    {
        await using var app = await StartAsync(kind);
        var visitor = app.NewVisitor();

        await visitor.GetAsync("/notice/late");
        var shown = await visitor.GetAsync("/notice/show");

        Assert.Equal("late", await shown.Content.ReadAsStringAsync());
    }

    private static Task<SessionApp> StartAsync(HostKind kind) => new SessionApp
    {
        Kind = kind,
        Services = s => s.AddControllersWithViews().AddSessionStateTempDataProvider().AddApplicationPart(typeof(NoticeController).Assembly),
        After = a => a.UseRouting().UseEndpoints(e => e.MapControllerRoute("default", "{controller}/{action}")),
    }.StartAsync();
}

public class NoticeController(ITempDataDictionaryFactory tempData) : Controller
{
    public IActionResult Save()
    {
        TempData["notice"] = "saved";
        return Redirect("/notice/show");
    }

    public IActionResult Show() => Content(TempData["notice"] as string ?? "none");

    public IActionResult Late()
    {
        HttpContext.Response.OnStarting(() =>
        {
            var late = tempData.GetTempData(HttpContext);
            late["notice"] = "late";
            late.Save();
            return Task.CompletedTask;
        });
        return Content("body");
    }
}
