using HybridSession.Middleware;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Puts HybridSession into the pipeline.</summary>
public static class HybridSessionApplicationBuilderExtensions
{
    /// <summary>Gives the middleware after this point <c>HttpContext.Session</c>, in place of <c>UseSession</c>. All settings are those of <c>AddHybridSession</c>.</summary>
    /// <param name="app">The pipeline.</param>
    /// <exception cref="InvalidOperationException"><c>AddHybridSession</c> was not called.</exception>
    public static IApplicationBuilder UseHybridSession(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        if (app.ApplicationServices.GetService<HybridSessionMarker>() is null)
            throw new InvalidOperationException("UseHybridSession needs services that are not there. Call builder.Services.AddHybridSession(...) with a store, such as .UsePostgres(...) or .UseInMemoryStore(), before the application is built.");
        return app.UseMiddleware<HybridSessionMiddleware>();
    }
}
