using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Net.Sockets;
using HybridSession.Resilience.History;

namespace HybridSession.Resilience.Load;

/// <summary>An answer of the site.</summary>
/// <param name="Status">0: none came.</param>
/// <param name="Token">The cookie that came with it.</param>
/// <param name="Registers">What was seen.</param>
/// <param name="Invoked">Time stamp.</param>
/// <param name="Completed">Time stamp.</param>
internal readonly record struct Answer(int Status, string? Token, IReadOnlyDictionary<string, long>? Registers, long Invoked, long Completed)
{
    /// <summary>It told the client to forget its cookie.</summary>
    public bool Forgets { get; init; }

    /// <summary>Where the site says that it found the session; empty when no answer came.</summary>
    public string Origin { get; init; } = "";

    /// <summary>Which node answered, as a balancer names it; empty without one.</summary>
    public string Node { get; init; } = "";

    /// <summary>When the site let it go, as a time stamp of its machine; 0 when no answer came.</summary>
    public long Left { get; init; }

    public Outcome Outcome => Status == 200 ? Outcome.Ok : Status == 0 ? Outcome.Unknown : Outcome.Failed;
}

/// <summary>Sends requests with the cookie by hand, so that each client decides which token it uses.</summary>
internal sealed class SiteClient : IDisposable
{
    /// <summary>The header in which a balancer names the node.</summary>
    public const string NodeHeader = "X-Node";

    private const string CookieName = ".HybridSession";
    private const string OriginHeader = "X-Session-Origin";
    private const string LeftHeader = "X-Left";

    private readonly HttpClient _http;
    private volatile Uri _address;

    public SiteClient(Uri address, TimeSpan patience)
    {
        _address = address;
        _http = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(5) }) { Timeout = patience };
    }

    /// <summary>Requests from now on go to another site.</summary>
    public void MoveTo(Uri address) => _address = address;

    public async Task<Answer> SendAsync(HttpMethod method, string path, string? token)
    {
        using var request = new HttpRequestMessage(method, new Uri(_address, path));
        if (token is not null) request.Headers.Add("Cookie", $"{CookieName}={token}");
        var invoked = Stopwatch.GetTimestamp();
        try
        {
            using var response = await _http.SendAsync(request);
            var hasRegisters = response.IsSuccessStatusCode && response.Content.Headers.ContentType?.MediaType == "application/json";
            var registers = hasRegisters ? await response.Content.ReadFromJsonAsync<Dictionary<string, long>>() : null;
            var cookie = CookieOf(response);
            return new Answer((int)response.StatusCode, cookie is { Length: > 0 } ? cookie : null, registers, invoked, Stopwatch.GetTimestamp())
            {
                Forgets = cookie is { Length: 0 },
                Origin = HeaderOf(response, OriginHeader),
                Node = HeaderOf(response, NodeHeader),
                Left = long.TryParse(HeaderOf(response, LeftHeader), CultureInfo.InvariantCulture, out var left) ? left : 0,
            };
        }
        catch (Exception e) when (e is HttpRequestException or SocketException or OperationCanceledException or IOException or System.Text.Json.JsonException)
        {
            // No answer, or half of one: what was asked may have happened or not.
            return new Answer(0, null, null, invoked, Stopwatch.GetTimestamp());
        }
    }

    public void Dispose() => _http.Dispose();

    private static string HeaderOf(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values) ? values.First() : "";

    // Empty: the client is to forget it.
    private static string? CookieOf(HttpResponseMessage response)
    {
        if (!response.Headers.TryGetValues("Set-Cookie", out var cookies)) return null;
        var cookie = cookies.FirstOrDefault(c => c.StartsWith(CookieName + "=", StringComparison.Ordinal));
        return cookie?[(CookieName.Length + 1)..].Split(';')[0];
    }
}
