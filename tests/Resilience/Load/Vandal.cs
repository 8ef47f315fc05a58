using System.Net;
using System.Text;

namespace HybridSession.Resilience.Load;

/// <summary>Sends what no honest client sends, and knows which answers are right.</summary>
internal sealed class Vandal(Uri address) : IDisposable
{
    private const int MaxPayloadBytes = 1024 * 1024;

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false, RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1 }) { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) };
    private string? _own;

    /// <summary>Gets a session of its own, through the front door.</summary>
    public async Task EnterAsync()
    {
        using var response = await _http.PutAsync("/register/vandal/1", null);
        _own = response.Headers.GetValues("Set-Cookie").Single().Split(';')[0].Split('=', 2)[1];
    }

    /// <summary>One of each kind.</summary>
    /// <param name="victim">The token of somebody's hot session.</param>
    /// <param name="isAway">Whether the store is away: sessions that are not in memory cannot be judged then.</param>
    /// <returns>What was answered wrongly.</returns>
    public async Task<IReadOnlyList<string>> RageAsync(string victim, bool isAway)
    {
        List<string> wrong = [];
        foreach (var (name, path, cookie, body, right) in Attacks(victim, isAway ? [HttpStatusCode.ServiceUnavailable] : [HttpStatusCode.Conflict]))
        {
            using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Put, path) { Content = body is null ? null : new ByteArrayContent(body) };
            request.Headers.TryAddWithoutValidation("Cookie", cookie);
            using var response = await _http.SendAsync(request);
            if (!right.Contains(response.StatusCode)) wrong.Add($"{name}: {(int)response.StatusCode}, not {string.Join(" or ", right.Select(s => (int)s))}");
            if (response.Headers.Contains("Set-Cookie")) wrong.Add($"{name}: a token was given");
        }

        return wrong;
    }

    public void Dispose() => _http.Dispose();

    private IEnumerable<(string Name, string Path, string Cookie, byte[]? Body, HttpStatusCode[] Right)> Attacks(string victim, HttpStatusCode[] notFound)
    {
        HttpStatusCode[] taken = [HttpStatusCode.OK], tooMuch = [HttpStatusCode.RequestEntityTooLarge], refused = [HttpStatusCode.Conflict];

        yield return ("a payload above the limit", "/blob/large", Session(victim), new byte[MaxPayloadBytes + 1], tooMuch);
        yield return ("a payload just above what is left", "/blob/large", Session(_own!), new byte[MaxPayloadBytes], tooMuch);
        yield return ("a name of 6,000 letters", $"/blob/{new string('n', 6_000)}", Session(_own!), [1], [HttpStatusCode.OK, .. tooMuch]);
        yield return ("a name with zero bytes", "/blob/a%01b%7F", Session(_own!), [0], taken);
        yield return ("a name in astral planes", "/blob/%F0%9F%98%80%F0%9D%94%B8", Session(_own!), [0], taken);
        yield return ("SQL for a name", "/blob/'%3B%20drop%20table%20session%3B%20--", Session(_own!), "'; drop table session; --"u8.ToArray(), taken);
        yield return ("every byte", "/blob/bytes", Session(_own!), [.. Enumerable.Range(0, 256).Select(b => (byte)b)], taken);
        for (var i = 0; i < 60; i++)
            yield return ($"key {i}", $"/blob/key{i}", Session(_own!), [1], [HttpStatusCode.OK, .. tooMuch]);
        yield return ("a number that is none", "/register/a/99999999999999999999", Session(_own!), [], [HttpStatusCode.NotFound]);

        yield return ("no token at all", "/registers", ".HybridSession=", null, refused);
        yield return ("a short token", "/registers", Session("abc"), null, refused);
        yield return ("signs that no token has", "/registers", Session(new string('!', 43)), null, refused);
        yield return ("a token and rubbish", "/registers", Session(victim + "rubbish"), null, refused);
        yield return ("a token and a false stamp", "/registers", Session(victim + ".zzzzzzzzzzzzzzz-00000000"), null, refused);
        yield return ("bytes above 127", "/registers", Session("é\u0080ÿ" + victim), null, [HttpStatusCode.BadRequest, .. refused]);
        yield return ("ten kilobytes", "/registers", Session(new string('A', 10_000)), null, refused);
        yield return ("more headers than a server takes", "/registers", Session(new string('A', 40_000)), null, [HttpStatusCode.RequestHeaderFieldsTooLarge]);
        yield return ("a token that was never given", "/registers", Session(Changed(victim)), null, notFound);
        yield return ("a broken cookie before a good one", "/registers", $"{Session("abc")}; {Session(victim)}", null, taken);
    }

    private static string Session(string token) => $".HybridSession={token}";

    // Another token of the right form: the first letter is another one.
    private static string Changed(string token) => (token[0] == 'B' ? 'C' : 'B') + token[1..];
}
