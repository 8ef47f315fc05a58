using System.Globalization;
using HybridSession.Resilience.Load;

namespace HybridSession.Cluster.Load;

/// <summary>Requests of which each goes to a node of choice, past the balancer.</summary>
internal sealed class Nodes(IReadOnlyList<Uri> addresses) : IDisposable
{
    public const string Register = "first";
    public const long Value = 3;

    private readonly SiteClient[] _sites = [.. addresses.Select(a => new SiteClient(a, TimeSpan.FromSeconds(30)))];

    /// <summary>A browser whose session is in the memory of all nodes, begun at one of them.</summary>
    public async Task<CookieJar> BeginAsync(int first)
    {
        var jar = new CookieJar(1);
        for (var i = 0; i < _sites.Length; i++)
        {
            var value = (Value - _sites.Length + 1 + i).ToString(CultureInfo.InvariantCulture);
            var answer = await SendAsync((first + i) % _sites.Length, HttpMethod.Put, $"/visit/{Register}/{value}", jar);
            if (answer.Status != 200 || jar.Cookie is null) throw new InvalidOperationException($"Node {first + i} did not take a session: status {answer.Status}.");
        }

        return jar;
    }

    /// <summary>A request of a browser, which keeps the cookie that comes back.</summary>
    public async Task<Answer> SendAsync(int node, HttpMethod method, string path, CookieJar jar)
    {
        var answer = await _sites[node].SendAsync(method, path, jar.Cookie);
        jar.Take(answer);
        return answer;
    }

    /// <summary>A request with any cookie.</summary>
    public Task<Answer> SendAsync(int node, HttpMethod method, string path, string? cookie) => _sites[node].SendAsync(method, path, cookie);

    public void Dispose()
    {
        foreach (var site in _sites) site.Dispose();
    }
}
