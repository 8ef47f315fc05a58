using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace HybridSession.Middleware.Tests.Contract;

/// <summary>Rule 26: the pipeline runs twice over one request.</summary>
public class ReExecutionTests
{
    // Rule 26
    [Theory]
    [InlineData(HostKind.Stock, true, null, 2, new[] { "first" })]
    [InlineData(HostKind.Stock, false, null, 2, new[] { "first" })]
    [InlineData(HostKind.Hybrid, true, "1", 1, new[] { "first", "second" })]
    [InlineData(HostKind.Hybrid, false, "1", 1, new[] { "first", "second" })]
    public async Task A_re_execution_sees_the_new_session_of_the_first_pass_where_stock_makes_two(HostKind kind, bool throws, string? expected, int cookies, string[] keys)
    {
        string? seen = null;
        await using var app = await new SessionApp
        {
            Kind = kind,
            Before = a => a.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandlingPath = "/error", AllowStatusCode404Response = true }).UseStatusCodePagesWithReExecute("/error"),
        }.StartAsync();
        app.Routes["/error"] = context =>
        {
            seen = context.Session.GetString("first");
            context.Session.SetString("second", "2");
            return context.Response.WriteAsync("page");
        };
        var visitor = app.NewVisitor();

        var response = await visitor.GetAsync(app, context =>
        {
            context.Session.SetString("first", "1");
            context.Response.StatusCode = 404;
            return throws ? throw new NotSupportedException() : Task.CompletedTask;
        });

        Assert.Equal((expected, cookies), (seen, response.SetCookies().Count));
        Assert.Equal(keys, await visitor.AskAsync(app, s => s.Keys.Order().ToArray()));
        Assert.Equal(cookies, app.StoreCalls.Count(c => c == (kind == HostKind.Stock ? "Flush" : "Birth")));
    }
}
