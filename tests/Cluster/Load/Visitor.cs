using System.Globalization;
using HybridSession.Resilience.History;
using HybridSession.Resilience.Load;

namespace HybridSession.Cluster.Load;

/// <summary>
/// Makes one request after another. Each changes a register and tells what was there before, so each is a read and a set: what the visitor was acknowledged and
/// the answer does not contain is a stale read.
/// </summary>
internal sealed class Visitor(int id, CookieJar jar, SiteClient site, OperationLog log)
{
    private const int Registers = 3;

    private long _value;

    /// <summary>Changes a register. False when the request failed.</summary>
    public async Task<bool> VisitAsync()
    {
        var value = ++_value;
        var register = string.Create(CultureInfo.InvariantCulture, $"v{id}.{value % Registers}");
        var hadSession = jar.Cookie is not null;
        var read = await SendAsync(HttpMethod.Put, string.Create(CultureInfo.InvariantCulture, $"/visit/{register}/{value}"));
        log.Add(read);
        log.Add(read with { Kind = OperationKind.Set, Register = register, Value = value, Seen = null, IsDurable = !hadSession });
        return read.Outcome == Outcome.Ok;
    }

    /// <summary>Only reads. False when the request failed.</summary>
    public async Task<bool> ReadAsync()
    {
        var read = await SendAsync(HttpMethod.Get, "/registers");
        log.Add(read);
        return read.Outcome == Outcome.Ok;
    }

    private async Task<Operation> SendAsync(HttpMethod method, string path)
    {
        var cookie = jar.Cookie;
        var answer = await site.SendAsync(method, path, cookie);
        jar.Take(answer);
        return new Operation
        {
            Client = id,
            Session = jar.Id,
            Kind = OperationKind.Read,
            Generation = cookie is null ? 0 : 1,
            Seen = answer.Registers,
            Invoked = answer.Invoked,
            Completed = answer.Completed,
            // Without a cookie there is no session, whatever the status says.
            Outcome = cookie is null && answer is { Outcome: Outcome.Ok, Token: null } ? Outcome.Failed : answer.Outcome,
            Status = answer.Status,
            Origin = answer.Origin,
            Node = answer.Node,
        };
    }
}
