using Microsoft.AspNetCore.Antiforgery;

namespace Storefront.Pages;

/// <summary>After a form comes a page by GET, so that "reload" repeats nothing.</summary>
internal static class Redirect
{
    public static IResult To(string path) => new SeeOther(path);

    /// <summary>The check that endpoints with form fields get by themselves.</summary>
    public static async ValueTask<object?> CheckToken(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        await context.HttpContext.RequestServices.GetRequiredService<IAntiforgery>().IsRequestValidAsync(context.HttpContext) ? await next(context) : Results.BadRequest();

    private sealed class SeeOther(string path) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
            httpContext.Response.Headers.Location = path;
            return Task.CompletedTask;
        }
    }
}
