using HybridSession.Resilience.History;

namespace HybridSession.Resilience.Load;

/// <summary>What a client does with its session.</summary>
internal enum Habit
{
    /// <summary>Has it to itself, and may end it or replace its token.</summary>
    Alone,

    /// <summary>Shares it.</summary>
    Shares,

    /// <summary>Has it to itself, and only reads.</summary>
    Reads,
}

/// <summary>One client: a register of its own, a session of its own or shared, one request after another.</summary>
internal sealed class CrowdClient(int id, CrowdSession session, Habit habit, SiteClient site, OperationLog log, CrowdOptions options, Func<CrowdSession> newSession)
{
    private readonly string _register = $"c{id}";
    private readonly Random _random = new((options.Seed * 1_000) + id);
    private CrowdSession _session = session;
    private long _value;

    /// <summary>Makes one request, by chance which. False when it failed.</summary>
    public Task<bool> StepAsync()
    {
        var chance = _random.NextDouble();
        if (_session.Token is null) return SetAsync();
        if (habit == Habit.Reads) return ReadAsync();
        if (habit == Habit.Alone && chance < options.Endings) return chance < options.Endings / 2 ? LogoutAsync() : RegenerateAsync();
        return _random.NextDouble() < options.Reads ? ReadAsync() : SetAsync();
    }

    public async Task<bool> SetAsync()
    {
        var value = ++_value;
        var (token, generation) = (_session.Token, _session.Generation);
        var isDurable = token is null || _random.NextDouble() < options.Commits;
        var level = isDurable && token is not null ? "durable" : "default";
        var path = options.Blocking > TimeSpan.Zero ? $"/blocking/{_register}/{value}?milliseconds={options.Blocking.TotalMilliseconds:0}&" : $"/register/{_register}/{value}?";
        var answer = await site.SendAsync(HttpMethod.Put, $"{path}level={level}&pad={Math.Min(value * options.Growth, options.Largest)}", token);

        // Where new sessions cannot be stored, the site answers and gives no token: then there is no session.
        var outcome = token is null && answer is { Outcome: Outcome.Ok, Token: null } ? Outcome.Failed : answer.Outcome;
        log.Add(new Operation
        {
            Client = id,
            Session = _session.Id,
            Kind = OperationKind.Set,
            Register = _register,
            Value = value,
            IsDurable = isDurable,
            Generation = generation,
            Invoked = answer.Invoked,
            Completed = answer.Completed,
            Outcome = outcome,
            Status = answer.Status,
        });
        if (token is null && outcome == Outcome.Ok) _session.Received(answer.Token!);
        else if (token is null) _session = newSession();
        return outcome == Outcome.Ok;
    }

    public Task<bool> ReadAsync() => SendAsync(OperationKind.Read, HttpMethod.Get, "/registers");

    private async Task<bool> LogoutAsync()
    {
        var over = _session;
        _session = newSession();
        var isDone = await SendAsync(OperationKind.Logout, HttpMethod.Post, "/logout", over);
        if (isDone) await ProbeAsync(over, over.Generation);
        return isDone;
    }

    private async Task<bool> RegenerateAsync()
    {
        var (session, old) = (_session, _session.Generation);
        var answer = await site.SendAsync(HttpMethod.Post, "/regenerate", session.Token);
        var outcome = answer is { Outcome: Outcome.Ok, Token: null } ? Outcome.Unknown : answer.Outcome;
        Log(OperationKind.Regenerate, session, old, answer, outcome);
        if (outcome == Outcome.Ok)
        {
            session.Received(answer.Token!);
            await ProbeAsync(session, old);
        }
        else
        {
            // The old token may be dead and the new one is not known: this client begins anew.
            _session = newSession();
        }

        return outcome == Outcome.Ok;
    }

    private async Task ProbeAsync(CrowdSession session, int generation)
    {
        var answer = await site.SendAsync(HttpMethod.Get, "/registers", session.Tokens[generation - 1]);
        Log(OperationKind.Probe, session, generation, answer, answer.Outcome);
    }

    private async Task<bool> SendAsync(OperationKind kind, HttpMethod method, string path, CrowdSession? to = null)
    {
        var session = to ?? _session;
        var generation = session.Generation;
        var answer = await site.SendAsync(method, path, session.Token);
        Log(kind, session, generation, answer, answer.Outcome);
        return answer.Outcome == Outcome.Ok;
    }

    private void Log(OperationKind kind, CrowdSession session, int generation, Answer answer, Outcome outcome) => log.Add(new Operation
    {
        Client = id,
        Session = session.Id,
        Kind = kind,
        Generation = generation,
        Seen = answer.Registers,
        Invoked = answer.Invoked,
        Completed = answer.Completed,
        Outcome = outcome,
        Status = answer.Status,
    });
}
