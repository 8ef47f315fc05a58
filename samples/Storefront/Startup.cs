namespace Storefront;

/// <summary>What a site needs besides its session: its address, a quiet log, and headers that tell the browser to run nothing.</summary>
internal static class Startup
{
    /// <summary>Used unless the command line or the environment names an address.</summary>
    public static void UseDefaultUrl(this WebApplicationBuilder builder, string url)
    {
        string[] settings = ["urls", "http_ports", "https_ports"];
        if (settings.All(s => string.IsNullOrEmpty(builder.Configuration[s]))) builder.WebHost.UseUrls(url);
    }

    /// <summary>No line for each request, so that what the session engine says is seen. Configuration can ask for more.</summary>
    public static void UseQuietLog(this WebApplicationBuilder builder)
    {
        if (!builder.Configuration.GetSection("Logging").Exists()) builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Error);
    }

    /// <summary>No script, no frame, nothing from another site.</summary>
    public static void UseSecurityHeaders(this WebApplication app) => app.Use((context, next) =>
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        return next(context);
    });
}
