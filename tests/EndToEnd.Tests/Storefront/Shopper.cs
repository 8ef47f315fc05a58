using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;

namespace HybridSession.EndToEnd.Tests.Storefront;

/// <summary>A visitor with a cookie jar, who uses the shop's forms as a browser does.</summary>
internal sealed partial class Shopper : IDisposable
{
    public const string SessionCookie = ".HybridSession";

    private readonly CookieContainer _cookies = new();
    private HttpClient _client;
    private string? _formToken;

    public Shopper(StorefrontProcess site)
        : this(site.Address)
    {
    }

    public Shopper(Uri address) => _client = Connect(address);

    public string? Token => _cookies.GetCookies(_client.BaseAddress!)[SessionCookie]?.Value;

    /// <summary>Goes on at another process, with the same cookies: they belong to the host, whatever its port.</summary>
    public void MoveTo(StorefrontProcess site)
    {
        _client.Dispose();
        _client = Connect(site.Address);
    }

    public async Task<ShopPage> GetAsync(string path)
    {
        using var response = await _client.GetAsync(path);
        var text = await response.Content.ReadAsStringAsync();
        if (FormToken().Match(text) is { Success: true } match) _formToken = WebUtility.HtmlDecode(match.Groups[1].Value);
        return new ShopPage(response.StatusCode, text, OriginText().Match(text).Groups[1].Value, response.Headers);
    }

    /// <summary>Puts one piece into the cart. When this returns true, the shop has said that it is in there.</summary>
    public Task<bool> AddAsync(string product = "mug") => PostAsync("/cart/add", new() { ["product"] = product });

    public async Task<bool> PostAsync(string path, Dictionary<string, string> fields)
    {
        if (_formToken is null) await GetAsync("/");
        using var content = new FormUrlEncodedContent(new Dictionary<string, string>(fields) { ["__RequestVerificationToken"] = _formToken! });
        using var response = await _client.PostAsync(path, content);
        return response.StatusCode == HttpStatusCode.SeeOther;
    }

    public async Task<Dictionary<string, int>> CartAsync() => (await _client.GetFromJsonAsync<Dictionary<string, int>>("/cart.json"))!;

    public async Task<int> CountAsync(string product = "mug") => (await CartAsync()).GetValueOrDefault(product);

    public void Dispose() => _client.Dispose();

    private HttpClient Connect(Uri address) =>
        new(new SocketsHttpHandler { CookieContainer = _cookies, AllowAutoRedirect = false }) { BaseAddress = address, Timeout = TimeSpan.FromSeconds(20) };

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex FormToken();

    [GeneratedRegex("data-origin=\"(\\w+)\"")]
    private static partial Regex OriginText();
}

/// <summary>A page as it came.</summary>
/// <param name="Status">Of the response.</param>
/// <param name="Text">The HTML.</param>
/// <param name="Origin">What the footer says about the session.</param>
/// <param name="Headers">Of the response.</param>
internal sealed record ShopPage(HttpStatusCode Status, string Text, string Origin, System.Net.Http.Headers.HttpResponseHeaders Headers);
