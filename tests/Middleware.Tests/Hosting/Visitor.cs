using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace HybridSession.Middleware.Tests.Hosting;

/// <summary>A browser that keeps one cookie.</summary>
internal sealed class Visitor(HttpClient client)
{
    private static int _routes;

    /// <summary>The <c>name=value</c> that is sent; null for none.</summary>
    public string? Cookie { get; set; }

    /// <summary>The value of the cookie.</summary>
    public string? CookieValue => Cookie?[(Cookie.IndexOf('=', StringComparison.Ordinal) + 1)..];

    /// <summary>The same browser at another host of the site, or in another tab.</summary>
    public Visitor At(SessionApp app) => new(app.NewClient()) { Cookie = Cookie };

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, path);
        if (Cookie is not null) request.Headers.TryAddWithoutValidation(HeaderNames.Cookie, Cookie);
        var response = await client.SendAsync(request);
        foreach (var set in response.SetCookies())
            Cookie = set.Value.Length == 0 || set.MaxAge <= TimeSpan.Zero || set.Expires?.Year == 1970 ? null : $"{set.Name}={set.Value}";
        return response;
    }

    public Task<HttpResponseMessage> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    /// <summary>Calls a route that exists for this call only.</summary>
    public Task<HttpResponseMessage> GetAsync(SessionApp app, RequestDelegate route)
    {
        var path = $"/once/{Interlocked.Increment(ref _routes)}";
        lock (app.Routes) app.Routes[path] = route;
        return GetAsync(path);
    }

    /// <summary>Calls a route that works on the session and writes nothing.</summary>
    public Task<HttpResponseMessage> UseAsync(SessionApp app, Action<ISession> use) => GetAsync(app, context =>
    {
        use(context.Session);
        return Task.CompletedTask;
    });

    /// <summary>Asks the session for something.</summary>
    public async Task<T> AskAsync<T>(SessionApp app, Func<ISession, T> ask)
    {
        var answer = default(T);
        (await UseAsync(app, session => answer = ask(session))).EnsureSuccessStatusCode();
        return answer!;
    }
}

internal static class ResponseCookies
{
    public static IList<SetCookieHeaderValue> SetCookies(this HttpResponseMessage response) =>
        response.Headers.TryGetValues(HeaderNames.SetCookie, out var values) ? SetCookieHeaderValue.ParseList([.. values]) : [];

    // Unparsed: parsing would normalise the order within Cache-Control.
    public static string? Header(this HttpResponseMessage response, string name) =>
        response.Headers.NonValidated.TryGetValues(name, out var values) || response.Content.Headers.NonValidated.TryGetValues(name, out values) ? string.Join(",", values) : null;
}
