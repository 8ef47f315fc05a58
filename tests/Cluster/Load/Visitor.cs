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

    /// <summary>False when the request failed.</summary>
    public async Task<bool> VisitAsync(string query = "")
    {
        var value = ++_value;
        var register = string.Create(CultureInfo.InvariantCulture, $"v{id}.{value % Registers}");
        var cookie = jar.Cookie;
        var answer = await site.SendAsync(HttpMethod.Put, string.Create(CultureInfo.InvariantCulture, $"/visit/{register}/{value}{query}"), cookie);
        jar.Take(answer);

        // Without a cookie there is no session, whatever the status says.
        var outcome = cookie is null && answer is { Outcome: Outcome.Ok, Token: null } ? Outcome.Failed : answer.Outcome;
        var read = new Operation
        {
            Client = id,
            Session = jar.Id,
            Kind = OperationKind.Read,
            Generation = cookie is null ? 0 : 1,
            Seen = answer.Registers,
            Invoked = answer.Invoked,
            Completed = answer.Completed,
            Outcome = outcome,
            Status = answer.Status,
            Origin = answer.Origin,
            Node = answer.Node,
        };
        log.Add(read);
        log.Add(read with { Kind = OperationKind.Set, Register = register, Value = value, Seen = null, IsDurable = cookie is null || query.Contains("durable", StringComparison.Ordinal) });
        return outcome == Outcome.Ok;
    }
}
