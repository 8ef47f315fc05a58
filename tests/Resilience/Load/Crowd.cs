using System.Diagnostics;
using HybridSession.Resilience.History;

namespace HybridSession.Resilience.Load;

/// <summary>Clients that use a site, and remember every answer.</summary>
internal sealed class Crowd : IDisposable
{
    private const int ClientsOfShared = 3;

    private readonly CrowdOptions _options;
    private readonly SiteClient _site;
    private readonly List<CrowdClient> _clients = [];
    private readonly List<CrowdSession> _sessions = [];
    private CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    public Crowd(Uri address, CrowdOptions options)
    {
        (_options, _site) = (options, new SiteClient(address, options.Patience));
        for (var i = 0; i < options.Alone; i++) Add(NewSession(), Habit.Alone);
        for (var i = 0; i < options.Shared; i++)
        {
            var session = NewSession();
            for (var j = 0; j < ClientsOfShared; j++) Add(session, Habit.Shares);
        }

        for (var i = 0; i < options.Readers; i++) Add(NewSession(), Habit.Reads);
    }

    public OperationLog Log { get; } = new();

    /// <summary>Everybody gets a session, stored in the table, and sets a first value.</summary>
    public async Task WarmUpAsync()
    {
        // The first client of a shared session begins it; the others join.
        foreach (var client in _clients)
            if (!await client.SetAsync()) throw new InvalidOperationException($"The site did not take a session to begin with: {Log.Snapshot()[^1]}");
        await RestockAsync();
    }

    /// <summary>Fills everybody's reserve of sessions, as far as the site takes new ones. May be called under load.</summary>
    public Task RestockAsync() => Task.WhenAll(_clients.Select(c => c.RestockAsync()));

    /// <summary>All clients send requests until <see cref="StopAsync"/>.</summary>
    public void Begin()
    {
        _stop = new CancellationTokenSource();
        var interval = _options.Rate is { } rate ? TimeSpan.FromSeconds(_clients.Count / rate) : TimeSpan.Zero;
        _running = Task.WhenAll(_clients.Select((client, i) => Task.Run(() => RunAsync(client, interval, interval * i / _clients.Count, _stop.Token))));
    }

    /// <summary>No further requests; returns when those under way are answered.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    /// <summary>Requests from now on go to another site.</summary>
    public void MoveTo(Uri address) => _site.MoveTo(address);

    /// <summary>A token in use, of a session that several clients share: nobody ends that one.</summary>
    public string SharedToken
    {
        get
        {
            lock (_sessions) return _sessions[_options.Alone].Token!;
        }
    }

    /// <summary>Each client makes one request, whichever; not while they work by themselves.</summary>
    public Task StepAllAsync() => Task.WhenAll(_clients.Select(c => c.StepAsync()));

    /// <summary>Each client reads its session once.</summary>
    public Task ReadAllAsync() => Task.WhenAll(_clients.Select(c => c.ReadAsync()));

    /// <summary>Reads every session that ever was, by every token it ever had, from a site that has none of them in memory.</summary>
    public async Task<FinalState> ReadColdAsync(Uri address)
    {
        using var cold = new SiteClient(address, _options.Patience);
        CrowdSession[] sessions;
        lock (_sessions) sessions = [.. _sessions];
        var reads = sessions.SelectMany(s => s.Tokens.Select((token, i) => ReadColdAsync(cold, s, token, i + 1)));
        return new FinalState(await Task.WhenAll(reads));
    }

    public void Dispose()
    {
        _site.Dispose();
        _stop.Dispose();
    }

    private static async Task<FinalRead> ReadColdAsync(SiteClient site, CrowdSession session, string token, int generation)
    {
        var answer = await site.SendAsync(HttpMethod.Get, "/registers", token);
        // 409: this token opens nothing. Anything else would prove nothing either way.
        if (answer.Status is not (200 or 409)) throw new InvalidOperationException($"Session {session.Id} could not be read after the cold start: status {answer.Status}.");
        return new FinalRead(session.Id, generation, generation == session.Generation, answer.Registers);
    }

    private async Task RunAsync(CrowdClient client, TimeSpan interval, TimeSpan offset, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        var due = offset;
        while (!stop.IsCancellationRequested)
        {
            var isDone = await client.StepAsync();
            due += interval;
            if (due < clock.Elapsed) due = clock.Elapsed;
            var pause = due - clock.Elapsed;
            if (!isDone && pause < _options.PauseAfterFailure) pause = _options.PauseAfterFailure;
            if (pause > TimeSpan.Zero) await Task.Delay(pause, stop).ContinueWith(static _ => { }, TaskScheduler.Default);
        }
    }

    private CrowdSession NewSession()
    {
        lock (_sessions)
        {
            var session = new CrowdSession(_sessions.Count + 1);
            _sessions.Add(session);
            return session;
        }
    }

    private void Add(CrowdSession session, Habit habit) => _clients.Add(new CrowdClient(_clients.Count + 1, session, habit, _site, Log, _options, NewSession));
}
