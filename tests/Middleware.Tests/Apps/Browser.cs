using System.Net;
using System.Text.RegularExpressions;
using HybridSession.Middleware.Tests.Hosting;
using Microsoft.Net.Http.Headers;

namespace HybridSession.Middleware.Tests.Apps;

/// <summary>A browser without scripts: keeps cookies, follows redirects, fills in forms, and writes down all that it was answered.</summary>
internal sealed partial class Browser(HttpClient client)
{
    private const int MostRedirects = 5;

    private readonly Dictionary<string, string> _cookies = [];
    private readonly List<string> _record = [];

    /// <summary>The page that is shown.</summary>
    public string Page { get; private set; } = "";

    public string CookieHeader => string.Join("; ", _cookies.Select(c => $"{c.Key}={c.Value}"));

    /// <summary>What was answered, step by step. Secrets, and the name of the session cookie, are left out, so that records of two hosts can be compared.</summary>
    public IReadOnlyList<string> Record => _record;

    public Task OpenAsync(string path) => GoAsync(HttpMethod.Get, path, null);

    /// <summary>Sends the form with the given id, its hidden fields included.</summary>
    public Task SubmitAsync(string form, params (string Name, string Value)[] fields)
    {
        var found = Forms().Matches(Page).Single(m => Attribute(m.Groups["tag"].Value, "id") == form);
        var values = Inputs().Matches(found.Groups["content"].Value)
            .Where(i => Attribute(i.Value, "type") == "hidden")
            .Select(i => KeyValuePair.Create(Attribute(i.Value, "name")!, Attribute(i.Value, "value") ?? ""))
            .Concat(fields.Select(f => KeyValuePair.Create(f.Name, f.Value)));
        return GoAsync(HttpMethod.Post, Attribute(found.Groups["tag"].Value, "action")!, new FormUrlEncodedContent(values));
    }

    /// <summary>Sends a request as a script would, without a form.</summary>
    public Task SendAsync(HttpMethod method, string path) => GoAsync(method, path, null);

    private async Task GoAsync(HttpMethod method, string path, HttpContent? content)
    {
        for (var i = 0; i <= MostRedirects; i++)
        {
            using var request = new HttpRequestMessage(method, path) { Content = content };
            if (_cookies.Count > 0) request.Headers.TryAddWithoutValidation(HeaderNames.Cookie, CookieHeader);
            using var response = await client.SendAsync(request);
            Page = await response.Content.ReadAsStringAsync();
            Keep(response);
            _record.Add($"{method} {path}: {(int)response.StatusCode} {response.Header(HeaderNames.Location)} [{Comparable(response)}] {Token().Replace(Page, "*")}");
            if (response.Headers.Location is not { } next)
            {
                response.EnsureSuccessStatusCode();
                return;
            }
            (method, path, content) = (HttpMethod.Get, next.OriginalString, null);
        }
        throw new InvalidOperationException($"More than {MostRedirects} redirects.");
    }

    private void Keep(HttpResponseMessage response)
    {
        foreach (var cookie in response.SetCookies())
        {
            if (cookie.Expires < DateTimeOffset.UtcNow) _cookies.Remove(cookie.Name.Value!);
            else _cookies[cookie.Name.Value!] = cookie.Value.Value!;
        }
    }

    private static string Comparable(HttpResponseMessage response) => string.Join(", ", response.SetCookies()
        .Select(c => c.Name.Value is ".AspNetCore.Session" or HybridSessionOptions.DefaultCookieName ? "the session" : c.Name.Value!)
        .Order());

    private static string? Attribute(string tag, string name) =>
        Regex.Match(tag, $"\\b{name}=\"([^\"]*)\"") is { Success: true } match ? WebUtility.HtmlDecode(match.Groups[1].Value) : null;

    [GeneratedRegex("(?<tag><form[^>]*>)(?<content>.*?)</form>", RegexOptions.Singleline)]
    private static partial Regex Forms();

    [GeneratedRegex("<input[^>]*>")]
    private static partial Regex Inputs();

    // Of the anti-forgery system: another one in each response.
    [GeneratedRegex("CfDJ8[A-Za-z0-9_-]+")]
    private static partial Regex Token();
}
