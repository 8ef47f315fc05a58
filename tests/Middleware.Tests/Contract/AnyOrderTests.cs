using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HybridSession.Middleware.Tests.Contract;

/// <summary>
/// All kept rules at once: requests that do anything in any order are made of both hosts, and everything that the application and the client can see must be the same.
/// Left out is what differs on purpose: expiry of a session whose token comes back, writing into what was read, requests at the same time.
/// </summary>
public class AnyOrderTests
{
    private const int Requests = 150;

    private static readonly string[] Keys = ["", "a", "A", "\u00e9", "e\u0301", "cart", new('k', 300)];

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(1, 20)];

    [Theory, MemberData(nameof(Seeds))]
    public async Task Whatever_an_application_does_both_answer_alike(int seed)
    {
        var stock = await RunAsync(HostKind.Stock, seed);
        var hybrid = await RunAsync(HostKind.Hybrid, seed);

        Assert.Equal(stock, hybrid);
    }

    // Or the comparison would say little.
    [Fact]
    public async Task The_requests_come_across_all_that_matters()
    {
        var record = (await Task.WhenAll(Enumerable.Range(1, 5).Select(seed => RunAsync(HostKind.Stock, seed)))).SelectMany(lines => lines).ToArray();

        foreach (var sight in (string[])["1 cookie", "0 cookie", "no-cache,no-store", "late", "failed: ", "set InvalidOperationException", "get nothing", "early "])
            Assert.InRange(record.Count(line => line.Contains(sight, StringComparison.Ordinal)), 5, int.MaxValue);
    }

    private static async Task<List<string>> RunAsync(HostKind kind, int seed)
    {
        await using var app = await new SessionApp { Kind = kind, NeverExpires = true, Options = o => (o.AbsoluteLifetime, o.IdleTimeout) = (null, TimeSpan.FromDays(1)) }.StartAsync();
        var random = new Random(seed);
        Visitor[] visitors = [app.NewVisitor(), app.NewVisitor(), app.NewVisitor()];
        var ids = new string?[visitors.Length];
        var record = new List<string>();
        for (var i = 0; i < Requests; i++)
        {
            var who = random.Next(visitors.Length);
            var visitor = visitors[who];
            if (random.Next(10) == 0) (visitor.Cookie, ids[who]) = (random.Next(2) == 0 ? null : $"{app.CookieName}=garbage", null);
            app.Time.Advance(TimeSpan.FromSeconds(random.Next(60)));
            // Ours reads the next one from the store then, as stock does always.
            if (random.Next(10) == 0) app.Provider.GetService<SessionEngine>()?.Compact(1);

            var steps = new Steps(record, random.Next(), hasSession: ids[who] is not null);
            record.Add($"request {i} of visitor {who}");
            record.Add(await SendAsync(app, visitor, steps));
            if (steps.Id is not { } id) continue;
            if (ids[who] is { } known) Assert.Equal(known, id);
            ids[who] = visitor.Cookie is null || visitor.Cookie.EndsWith("=garbage", StringComparison.Ordinal) ? null : id;
        }

        return record;
    }

    private static async Task<string> SendAsync(SessionApp app, Visitor visitor, Steps steps)
    {
        try
        {
            var response = await visitor.GetAsync(app, steps.RunAsync);
            return $"{(int)response.StatusCode}, {response.SetCookies().Count} cookie, {response.Header("Cache-Control")}, {await response.Content.ReadAsStringAsync()}";
        }
        catch (Exception e) when (e is NotSupportedException or HttpRequestException or IOException)
        {
            return $"failed: {e.GetType().Name}";
        }
    }

    /// <summary>What one request does, and what it sees.</summary>
    private sealed class Steps(List<string> record, int seed, bool hasSession)
    {
        private readonly Random _random = new(seed);

        /// <summary>Of a session that is to be found again.</summary>
        public string? Id { get; private set; }

        public async Task RunAsync(HttpContext context)
        {
            var session = context.Session;
            var writes = _random.Next(3) == 0;
            if (writes && _random.Next(2) == 0) SetWhenStarting(context);
            for (var steps = _random.Next(8); steps > 0; steps--) await StepAsync(context, session);
            if (hasSession || session.Keys.Any()) Id = session.Id;
            if (_random.Next(15) == 0) throw new NotSupportedException();
            if (writes) await context.Response.WriteAsync("page");
        }

        private async Task StepAsync(HttpContext context, ISession session)
        {
            var key = Keys[_random.Next(Keys.Length)];
            switch (_random.Next(13))
            {
                case 0 or 1 or 2: Note("set", () => session.Set(key, Value())); break;
                case 3: Note("set int", () => session.SetInt32(key, _random.Next())); break;
                case 4 or 5: record.Add($"get {(session.TryGetValue(key, out var value) ? Convert.ToHexString(value) : "nothing")}"); break;
                case 6: record.Add($"keys {string.Join(',', session.Keys.Order(StringComparer.Ordinal))}"); break;
                case 7: Note("remove", () => session.Remove(key)); break;
                case 8 when _random.Next(3) == 0: Note("clear", session.Clear); break;
                case 9: record.Add($"available {session.IsAvailable}, id {Guid.TryParse(session.Id, out _)}"); break;
                case 10 when _random.Next(3) == 0: await session.CommitAsync(); break;
                case 11: await session.LoadAsync(); break;
                case 12: await context.Response.WriteAsync("early "); break;
            }
        }

        private static void SetWhenStarting(HttpContext context) => context.Response.OnStarting(() =>
        {
            context.Session.SetString("late", "set");
            return Task.CompletedTask;
        });

        private byte[] Value()
        {
            var value = new byte[_random.Next(20)];
            _random.NextBytes(value);
            return value;
        }

        private void Note(string what, Action use) => record.Add($"{what} {Record.Exception(use)?.GetType().Name}");
    }
}
