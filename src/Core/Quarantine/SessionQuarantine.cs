using HybridSession.Diagnostics;
using HybridSession.Hot;
using HybridSession.WriteBehind;
using Microsoft.Extensions.Logging;

namespace HybridSession.Quarantine;

/// <summary>The operator's hand on the letters in the store and on the sessions that this node has in quarantine.</summary>
internal sealed class SessionQuarantine(
    ISessionBackingStore store,
    MemoryQuarantine memory,
    DeadLetterWriter letters,
    HotSet hot,
    Func<SessionKey, SessionShard> shardOf,
    Func<LiveSession, CancellationToken, Task> commit,
    LetterReplay replay,
    SessionMetrics metrics,
    ILogger logger) : ISessionQuarantine
{
    // Letters may be as large as MaxPayloadBytes: a few at a time.
    private const int PageSize = 16;

    public ValueTask<long> CountAsync(CancellationToken cancellationToken = default) => store.CountDeadLettersAsync(cancellationToken);

    public async ValueTask<IReadOnlyList<QuarantinedSession>> ListAsync(int max, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        var sessions = new List<QuarantinedSession>();
        while (sessions.Count < max)
        {
            var page = await store.ReadDeadLettersAsync(Math.Min(PageSize, max - sessions.Count), sessions.Count, null, cancellationToken).ConfigureAwait(false);
            if (page.Count == 0) break;
            sessions.AddRange(page.Select(static letter => new QuarantinedSession(letter.Key.ToPublicId(), letter.Reason, letter.Age, letter.Payload.Length)));
        }

        return sessions;
    }

    public async ValueTask<ReplayResult> ReplayAsync(string? id = null, CancellationToken cancellationToken = default)
    {
        await letters.WriteAsync(cancellationToken).ConfigureAwait(false);
        var run = new ReplayRun();
        try
        {
            while (await store.ReadDeadLettersAsync(PageSize, run.Stay, id, cancellationToken).ConfigureAwait(false) is { Count: > 0 } page)
            {
                foreach (var letter in page)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    if (run.TryBegin(letter.Key, out var containedVersion)) run.End(letter.Key, await ReplayAsync(letter, containedVersion, run, cancellationToken).ConfigureAwait(false));
                }
            }
        }
        finally
        {
            // Also what was done before a failure: no copy here may hide it.
            if (run.Rewritten.Count > 0)
                foreach (var session in hot.Find(run.Rewritten)) shardOf(session.Key).Distrust(session.Key, session.TokenText);
        }

        return Report(run);
    }

    public async ValueTask<bool> DiscardAsync(string id, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        var isDropped = memory.Find(id) is { } session && shardOf(session.Key).TryDiscardRefused(session);
        // The letter of this node goes with it; one of another node, or of an earlier run, by its own version.
        foreach (var letter in await store.ReadDeadLettersAsync(PageSize, 0, id, cancellationToken).ConfigureAwait(false))
            isDropped |= await store.ReleaseDeadLettersAsync([letter.ToVersion()], cancellationToken).ConfigureAwait(false) > 0;
        if (isDropped) metrics.Replayed(1, "discarded");
        return isDropped;
    }

    private async Task<ReplayStep> ReplayAsync(DeadLetter letter, long containedVersion, ReplayRun run, CancellationToken cancellationToken)
    {
        if (await IsRefusedHereAsync(letter.Key, cancellationToken).ConfigureAwait(false)) return new ReplayStep(ReplayOutcome.StillRefused);

        // A failure leaves open whether the row was written.
        var step = new ReplayStep(ReplayOutcome.Skipped, IsRowNew: true);
        try
        {
            step = await replay.RunAsync(letter, containedVersion, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (step.IsRowNew && run.Rewritten.Add(letter.Key)) shardOf(letter.Key).InvalidateLoad(letter.Key);
        }

        if (step.Outcome is ReplayOutcome.Replayed or ReplayOutcome.Gone)
            await store.ReleaseDeadLettersAsync([letter.ToVersion()], cancellationToken).ConfigureAwait(false);
        return step;
    }

    // What this node has in memory is newer than any letter, and may be all that the letter holds: it is stored the ordinary way first.
    private async Task<bool> IsRefusedHereAsync(SessionKey key, CancellationToken cancellationToken)
    {
        if (shardOf(key).FindPinned(key) is not { } session) return false;
        try
        {
            await commit(session, cancellationToken).ConfigureAwait(false);
            return false;
        }
        catch (BackingStoreException failure) when (failure.Failure == BackingStoreFailure.Data)
        {
            return true;
        }
    }

    private ReplayResult Report(ReplayRun run)
    {
        var result = new ReplayResult(run.Count(ReplayOutcome.Replayed), run.Count(ReplayOutcome.Gone), run.Count(ReplayOutcome.StillRefused), run.Count(ReplayOutcome.Skipped));
        metrics.Replayed(result.Replayed, "replayed");
        metrics.Replayed(result.Gone, "gone");
        metrics.Replayed(result.StillRefused, "still_refused");
        metrics.Replayed(result.Skipped, "skipped");
        Log.QuarantineReplayed(logger, result.Replayed, result.Gone, result.StillRefused, result.Skipped);
        return result;
    }
}
