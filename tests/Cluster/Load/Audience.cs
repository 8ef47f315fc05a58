using HybridSession.Resilience;
using HybridSession.Resilience.History;
using HybridSession.Resilience.Load;

namespace HybridSession.Cluster.Load;

/// <summary>Browsers that visit a site, each with as many requests at a time as it has visitors.</summary>
internal sealed class Audience : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(20);

    private readonly SiteClient _site;
    private readonly CookieJar[] _jars;
    private readonly Visitor[] _visitors;
    private CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private long _answered;

    /// <param name="address">Where they go.</param>
    /// <param name="browsers">Each has a session.</param>
    /// <param name="each">Requests at a time of each.</param>
    public Audience(Uri address, int browsers, int each = 1)
    {
        _site = new SiteClient(address, Patience);
        _jars = [.. Enumerable.Range(1, browsers).Select(i => new CookieJar(i))];
        _visitors = [.. _jars.SelectMany(jar => Enumerable.Range(0, each).Select(i => new Visitor((jar.Id * 10) + i, jar, _site, Log)))];
    }

    public OperationLog Log { get; } = new();

    /// <summary>Requests that were answered with success, after the warm-up.</summary>
    public long Answered => Interlocked.Read(ref _answered);

    /// <summary>Everybody gets a session; the first of a browser begins it, the others join.</summary>
    public async Task WarmUpAsync()
    {
        foreach (var round in _visitors.GroupBy(v => Array.IndexOf(_visitors, v) % (_visitors.Length / _jars.Length)))
            if (!(await Task.WhenAll(round.Select(v => v.VisitAsync()))).All(isDone => isDone)) throw new InvalidOperationException($"The site did not take a session to begin with: {Log.Snapshot().First(o => o.Outcome != Outcome.Ok)}");
    }

    /// <summary>Everybody makes so many requests, one after the other.</summary>
    public Task VisitAsync(int times) => Task.WhenAll(_visitors.Select(v => Task.Run(async () =>
    {
        for (var i = 0; i < times; i++) await StepAsync(v);
    })));

    /// <summary>Everybody goes on until <see cref="StopAsync"/>.</summary>
    /// <param name="onlyReads">Nobody changes anything.</param>
    public void Begin(bool onlyReads = false)
    {
        _stop = new CancellationTokenSource();
        _running = Task.WhenAll(_visitors.Select(v => Task.Run(async () =>
        {
            while (!_stop.IsCancellationRequested) await StepAsync(v, onlyReads);
        })));
    }

    /// <summary>No further requests; returns when those under way are answered.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    /// <summary>What each session holds by what a site answers, past the balancer. Without the stamp a request claims to know nothing.</summary>
    public async Task<FinalState> ReadAsync(Uri address, bool withStamp = false)
    {
        using var site = new SiteClient(address, Patience);
        return new FinalState(await Task.WhenAll(_jars.Select(async jar =>
        {
            var answer = await site.SendAsync(HttpMethod.Get, "/registers", withStamp ? jar.Cookie : jar.Token);
            // 409: there is no such session. Anything else would prove nothing either way.
            if (answer.Status is not (200 or 409)) throw new InvalidOperationException($"Session {jar.Id} could not be read: status {answer.Status}.");
            return new FinalRead(jar.Id, 1, IsCurrent: true, answer.Registers);
        })));
    }

    public void Dispose()
    {
        _site.Dispose();
        _stop.Dispose();
    }

    // A site that refuses is not asked in a tight loop.
    private async Task StepAsync(Visitor visitor, bool onlyReads = false)
    {
        if (await (onlyReads ? visitor.ReadAsync() : visitor.VisitAsync())) Interlocked.Increment(ref _answered);
        else await Task.Delay(PauseAfterFailure, TestContext.Current.CancellationToken);
    }
}
