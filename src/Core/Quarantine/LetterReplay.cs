using HybridSession.Expiration;
using HybridSession.Payload;

namespace HybridSession.Quarantine;

/// <summary>What became of one letter.</summary>
internal enum ReplayOutcome
{
    /// <summary>The row holds its content.</summary>
    Replayed,

    /// <summary>The session is over.</summary>
    Gone,

    /// <summary>The store refuses it still.</summary>
    StillRefused,

    /// <summary>It could not be done now.</summary>
    Skipped,
}

/// <summary>
/// Brings the content of one letter into the row of its session, entry by entry and guarded by the row's version. What the session has changed since is kept.
/// Releases nothing. Thread-safe.
/// </summary>
/// <param name="store">Where row and letter are.</param>
/// <param name="expiration">Judges rows.</param>
/// <param name="node">Under what name the merged rows are written: not the engine's own, whose sessions may be changing meanwhile.</param>
internal sealed class LetterReplay(ISessionBackingStore store, ExpirationPolicy expiration, NodeId node)
{
    // A session that changes more often than this while it is replayed is left for the next call.
    private const int MaxAttempts = 8;

    /// <returns>What came of it, and whether the row was written: then every copy of the session in memory is behind it.</returns>
    public async Task<(ReplayOutcome Outcome, bool IsRowNew)> RunAsync(DeadLetter letter, CancellationToken cancellationToken)
    {
        if (!PackedSession.TryRead(letter.Payload, out var refused, out _)) return (ReplayOutcome.Skipped, false);
        var row = (await store.LoadAsync([letter.Key], cancellationToken).ConfigureAwait(false))[0];
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (row is null || expiration.JudgeStored(row) is not null) return (ReplayOutcome.Gone, false);
            if (!PackedSession.TryRead(row.Payload, out var stored, out _)) return (ReplayOutcome.Skipped, false);

            var next = stored.Replay(refused, letter.BaseVersion, Math.Max(Math.Max(row.Version, stored.Version), letter.BaseVersion) + 1, node);
            if (ReferenceEquals(next.Bytes, row.Payload)) return (ReplayOutcome.Replayed, false);

            FlushOutcome outcome;
            try
            {
                outcome = (await store.FlushAsync([new SessionWrite(letter.Key, next.Bytes, next.Version, row.Version, row.ExpiresIn)], cancellationToken).ConfigureAwait(false))[0];
            }
            catch (BackingStoreException failure) when (failure.Failure == BackingStoreFailure.Data)
            {
                return (ReplayOutcome.StillRefused, false);
            }

            if (outcome.Kind == FlushOutcomeKind.Written) return (ReplayOutcome.Replayed, true);
            row = outcome.Current;
        }

        return (ReplayOutcome.Skipped, false);
    }
}
