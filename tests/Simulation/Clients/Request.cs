using System.Text;
using HybridSession.Consistency;
using HybridSession.Hot;
using HybridSession.Payload;
using HybridSession.Simulation.World;

namespace HybridSession.Simulation.Clients;

internal enum RequestKind
{
    Read,
    Set,
    Remove,
    Clear,
    Abandon,
    Regenerate,
}

/// <summary>What one request does.</summary>
internal sealed record RequestPlan(RequestKind Kind, string? Key = null, Durability Durability = Durability.WriteBehind)
{
    /// <summary>The response does not arrive: the client keeps the cookie that it had.</summary>
    public bool IsAborted { get; init; }

    /// <summary>The request stops between opening its session and what it does.</summary>
    public bool StopsBefore { get; init; }

    /// <summary>The request stops between what it did and its response.</summary>
    public bool StopsAfter { get; init; }

    public override string ToString() => $"{Kind}{(Key is null ? "" : $" {Key}")}{(Durability == Durability.Durable ? " durably" : "")}{(IsAborted ? ", aborted" : "")}";
}

/// <summary>
/// One request: opens its session by cookie, changes it, commits and answers in the order in which the middleware does.
/// </summary>
internal sealed class Request(SimulatedWorld world, Tab tab, Node node, RequestPlan plan)
{
    public Node Node { get; } = node;

    public Tab Tab { get; } = tab;

    public bool IsHandling { get; private set; }

    /// <summary>Where the session came from; null while it is not known.</summary>
    public SessionOrigin? Origin { get; private set; }

    /// <summary>What the response showed; null when there was none.</summary>
    public PackedSession? Shown { get; private set; }

    public Exception? Failure { get; private set; }

    public bool IsDone { get; private set; }

    private string Outcome()
    {
        if (Failure is not null) return Failure.GetType().Name;
        var shown = Shown is { } content ? $"{content.Version} {string.Join(' ', Subject.Keys.Select(key => $"{key}={Subject.Shown(content, key) ?? "-"}"))}" : "nothing";
        return $"{Origin}, saw {shown}; cookie {(Subject.Cookie is { } cookie ? $"{cookie.Stamp} {string.Join(' ', cookie.Covered.Values)}" : "none")}";
    }

    private Subject Subject => Tab.Subject;

    private SessionEngine Engine => Node.Engine;

    public override string ToString() => $"{Tab} at {Node}: {plan}";

    public async Task RunAsync()
    {
        Tab.Current = this;
        try
        {
            if (Subject.Cookie is { } cookie) await HandleAsync(cookie);
            else await BirthAsync();
        }
        catch (Exception failure) when (failure is BackingStoreException or OperationCanceledException)
        {
            // The client gets an error page, and keeps its cookie.
            Failure = failure;
        }
        catch (NodeDiedException)
        {
            return;
        }

        world.Steps.Add($"      {Tab} at {Node} ends: {Outcome()}");
        IsDone = true;
        if (Tab.Current == this) Tab.Current = null;
    }

    private async Task BirthAsync()
    {
        var session = Engine.Create();
        var (key, value) = (Tab.Keys[0], Subject.NextValue());
        session = Engine.Set(session, Bytes(key), Bytes(value), out _);
        var birth = Engine.BirthAsync(session, CancellationToken.None).AsTask();
        if (!world.ClientDefects.HasFlag(ClientDefects.UsesTokensEarly)) await birth;
        ThrowIfDead();
        var change = Subject.Note(key, value, Node, session.Payload, null);
        world.Rows.TokenLeft(session.Key);
        (change.IsAcknowledged, change.IsDurable) = (true, true);
        Subject.FirstStamp = new SessionStamp(1, Engine.Node);
        Subject.Cookie = new Cookie(session.Token, Subject.KeepsStamps ? Engine.StampOf(session) : default, Subject.Generation, Subject.Cover(session.Payload, null));
        await birth;
    }

    private async Task HandleAsync(Cookie cookie)
    {
        var wasOver = Subject.IsEndConfirmed || cookie.Generation < Subject.Generation;
        var failures = Node.Failures;
        var opened = Engine.TryOpenHot(cookie.TokenText, cookie.Stamp, out var hot) ? hot : await Engine.OpenAsync(cookie.Token, cookie.Stamp, CancellationToken.None);
        ThrowIfDead();
        Origin = opened.Origin;
        if (opened.Session is not { } session)
        {
            CheckAbsent(cookie, opened.Origin);
            return;
        }

        if (wasOver) CheckEnded(cookie);
        // What cannot be compared with the row is served as it is, as in an outage: there is nothing that a client without a stamp could have told.
        if (!cookie.Stamp.IsNone || Node.Failures == failures) Subject.CheckShown(world, cookie, session.Payload, opened.Origin, ToString());
        Shown = session.Payload;
        if (plan.StopsBefore) await StopAsync("before its change");
        switch (plan.Kind)
        {
            case RequestKind.Abandon:
                await AbandonAsync(session, cookie);
                return;
            case RequestKind.Regenerate:
                await RegenerateAsync(session, cookie);
                return;
        }

        session = Change(session, cookie, out var change);
        if (plan.StopsAfter) await StopAsync("before its response");
        await CommitAsync(session, cookie, change);
        ThrowIfDead();
        if (session.IsEnded || plan.IsAborted) return;
        if (change is not null) change.IsAcknowledged = true;
        Respond(session, cookie, change);
    }

    private LiveSession Change(LiveSession session, Cookie cookie, out Change? change)
    {
        var value = plan.Kind == RequestKind.Set ? Subject.NextValue() : null;
        bool changed;
        session = plan.Kind switch
        {
            RequestKind.Set => Engine.Set(session, Bytes(plan.Key!), Bytes(value!), out changed),
            RequestKind.Remove => Engine.Remove(session, Bytes(plan.Key!), out changed),
            RequestKind.Clear => Engine.Clear(session, out changed),
            _ => Nothing(session, out changed),
        };
        change = changed && !session.IsEnded ? Subject.Note(plan.Kind == RequestKind.Clear ? null : plan.Key, value, Node, session.Payload, cookie) : null;
        return session;
    }

    private static LiveSession Nothing(LiveSession session, out bool changed)
    {
        changed = false;
        return session;
    }

    private async Task CommitAsync(LiveSession session, Cookie cookie, Change? change)
    {
        var level = Engine.HasPeers && cookie.Stamp.IsNone && !world.ClientDefects.HasFlag(ClientDefects.CommitsWithoutStampAsWithOne) ? Durability.Durable : plan.Durability;
        await Engine.CommitAsync(session, level, CancellationToken.None);
        ThrowIfDead();
        if (level != Durability.Durable || change is null || session.IsEnded) return;
        change.IsDurable = true;
        CheckStored(cookie, change);
    }

    private void Respond(LiveSession session, Cookie cookie, Change? change)
    {
        // Another response may have brought another token meanwhile.
        if (Subject.Cookie is not { } present || present.Generation != cookie.Generation) return;
        if (!Subject.KeepsStamps)
        {
            // What was acknowledged is stored.
            var covered = new Dictionary<string, Change>(present.Covered);
            if (change is not null) foreach (var key in Subject.Keys.Where(key => change.IsClear || change.Key == key)) covered[key] = change;
            Subject.Cookie = present with { Covered = covered };
            return;
        }

        // A node that is alone gives out no stamp, and the client keeps the one that it had.
        if (Engine.StampOf(session) is not { IsNone: false } stamp) return;
        if (change is null && world.ClientDefects.HasFlag(ClientDefects.TakesNoStampsOnReads))
        {
            Subject.Cookie = present with { Covered = Subject.Cover(session.Payload, cookie.Covered) };
            return;
        }

        Subject.Cookie = present with { Stamp = stamp, Covered = Subject.Cover(session.Payload, cookie.Covered) };
    }

    private async Task AbandonAsync(LiveSession session, Cookie cookie)
    {
        Subject.EndWanted = (cookie.Generation, Node);
        await Engine.RemoveAsync(session, CancellationToken.None);
        ThrowIfDead();
        Subject.EndConfirmed = cookie.Generation;
    }

    private async Task RegenerateAsync(LiveSession session, Cookie cookie)
    {
        var othersMove = Subject.MovesUnderWay > 0;
        Subject.MovesUnderWay++;
        LiveSession? renewed;
        try
        {
            renewed = await Engine.RegenerateAsync(session, CancellationToken.None);
        }
        catch (Exception failure) when (failure is OperationCanceledException or BackingStoreException { OutcomeUnknown: true })
        {
            // The old token may be dead, and the new one has not left.
            Subject.IsUncertain = true;
            throw;
        }
        finally
        {
            if (!Node.IsCrashed) Subject.MovesUnderWay--;
        }

        ThrowIfDead();
        if (renewed is null)
        {
            if (!othersMove && !Subject.MayBeAbsent(world, cookie.Generation)) throw new ViolationException(Sentence.NothingDropped, $"{this} found the session gone, which nobody has ended");
            return;
        }

        world.Rows.TokenLeft(renewed.Key);
        world.Rows.TokenLeft(session.Key);
        Subject.OldTokens.Add(session.Token);
        Subject.Movers.Add(Node);
        Subject.Generation++;
        var stamp = Engine.StampOf(renewed);
        Subject.CheckShown(world, cookie, renewed.Payload, SessionOrigin.Memory, ToString());
        Subject.Cookie = new Cookie(renewed.Token, Subject.KeepsStamps ? stamp : default, Subject.Generation, Subject.Cover(renewed.Payload, cookie.Covered));
    }

    private void CheckAbsent(Cookie cookie, SessionOrigin origin)
    {
        if (!Subject.MayBeAbsent(world, cookie.Generation)) throw new ViolationException(Sentence.NothingDropped, $"{this} found no session ({origin}), and nobody has ended it");
        if (cookie.Generation == Subject.Generation && Subject.MovesUnderWay == 0) Subject.IsGone = true;
    }

    // Whoever has not been told may serve its copy until it is; a row that is gone it never serves.
    private void CheckEnded(Cookie cookie)
    {
        if (world.HasFailedOver || world.Network.MayNotKnow(Node)) return;
        if (world.Rows.Read(SessionKey.FromToken(cookie.Token)) is null) throw new ViolationException(Sentence.NeverBack, $"{this} was served a session that had ended");
    }

    private void CheckStored(Cookie cookie, Change change)
    {
        if (Subject.MayBeAbsent(world, cookie.Generation)) return;
        var row = world.Rows.Read(SessionKey.FromToken(cookie.Token));
        if (row is null || !PackedSession.TryRead(row.Payload, out var content, out _) || !Subject.IsKept(content, change))
            throw new ViolationException(Sentence.DurableIsStored, $"{change} was acknowledged as stored, and the row does not hold it");
    }

    private async Task StopAsync(string where)
    {
        IsHandling = true;
        await world.PauseAsync($"{Tab} at {Node}, {where},");
        IsHandling = false;
        ThrowIfDead();
    }

    private void ThrowIfDead()
    {
        if (Node.IsCrashed) throw new NodeDiedException();
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private sealed class NodeDiedException : Exception;
}
