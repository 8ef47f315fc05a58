using HybridSession.Hot;
using HybridSession.Payload;
using HybridSession.Simulation.World;

namespace HybridSession.Simulation.Clients;

/// <summary>After everything is healed, delivered and stored: rows, memories and clients agree.</summary>
internal static class FinalChecks
{
    public static async Task RunAsync(SimulatedWorld world)
    {
        foreach (var subject in world.Subjects.Where(subject => subject.Cookie is not null))
        {
            foreach (var token in subject.OldTokens) await CheckOldTokenAsync(world, subject, token);
            foreach (var node in world.Serving.ToArray()) await CheckNodeAsync(world, subject, node);
            CheckChanges(world, subject);
        }
    }

    private static async Task CheckOldTokenAsync(SimulatedWorld world, Subject subject, SessionToken token)
    {
        if (world.HasFailedOver) return;
        if (world.Rows.Read(SessionKey.FromToken(token)) is not null) throw new ViolationException(Sentence.NeverBack, "a row has the key of a replaced token");
        foreach (var node in world.Serving.ToArray())
        {
            var opening = OpenAsync(node, token, subject);
            await world.SettleAsync(() => opening.IsCompleted);
            if ((await opening).Session is not null) throw new ViolationException(Sentence.NeverBack, $"{node} opens a session by a token that was replaced");
        }
    }

    // Asked for with the first stamp, which every copy satisfies: a node that serves an old copy is caught.
    private static async Task CheckNodeAsync(SimulatedWorld world, Subject subject, Node node)
    {
        var cookie = subject.Cookie!;
        var opening = OpenAsync(node, cookie.Token, subject);
        await world.SettleAsync(() => opening.IsCompleted && world.IsIdle && node.Engine.Unconfirmed().Count == 0);
        var (session, origin) = await opening;
        var row = world.Rows.Read(SessionKey.FromToken(cookie.Token));
        if (session is null)
        {
            if (row is not null) throw new ViolationException(Sentence.Converges, $"{node} does not find a session that is stored ({origin})");
            if (!subject.MayBeAbsent(world, cookie.Generation)) throw new ViolationException(Sentence.NothingDropped, $"{subject.Name} is gone ({origin}), and nobody has ended it");
            return;
        }

        if (subject.IsEndConfirmed && !world.HasFailedOver) throw new ViolationException(Sentence.NeverBack, $"{node} serves {subject.Name}, which was removed");
        // Its removal ran on after its node had died, or the replacement of its token after its request had ended: nobody knows of it, and no client was told.
        if (row is null && subject.IsEndForgotten) return;
        if (row is null && subject.IsUncertain) return;
        if (row is null) throw new ViolationException(Sentence.Converges, $"{node} serves {subject.Name} ({origin}), which is not stored");
        if (!row.Payload.AsSpan().SequenceEqual(session.Payload.Bytes))
            throw new ViolationException(Sentence.Converges, $"{node} shows {subject.Name} at version {session.Payload.Version} ({origin}), stored is {row.Version}");
    }

    private static Task<OpenResult> OpenAsync(Node node, SessionToken token, Subject subject) =>
        node.Engine.TryOpenHot(token.Encode(), subject.FirstStamp, out var hot) ? Task.FromResult(hot) : node.Engine.OpenAsync(token, subject.FirstStamp, CancellationToken.None).AsTask();

    private static void CheckChanges(SimulatedWorld world, Subject subject)
    {
        var cookie = subject.Cookie!;
        if (subject.IsEndWanted || subject.IsUncertain || world.HasFailedOver) return;
        if (world.Rows.Read(SessionKey.FromToken(cookie.Token)) is not { } row || !PackedSession.TryRead(row.Payload, out var content, out _)) return;
        foreach (var change in subject.Changes)
        {
            if (change.MayBeLost || IsLeftBehind(subject, change) || subject.IsKept(content, change)) continue;
            throw new ViolationException(Sentence.NothingDropped, $"{change} is not in the row at the end, and nothing that wins over it");
        }
    }

    // What another node had not stored when the token was replaced is not carried.
    private static bool IsLeftBehind(Subject subject, Change change) =>
        change.Generation < subject.Generation && !change.IsDurable && (subject.Movers.Count > 1 || !subject.Movers.Contains(change.Node));
}
