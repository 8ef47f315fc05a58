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

/// <param name="Outcome">What became of it.</param>
/// <param name="RowVersion">When it was replayed: the version of the row that contains it.</param>
/// <param name="IsRowNew">The row was written: every copy of the session in memory is behind it.</param>
internal readonly record struct ReplayStep(ReplayOutcome Outcome, long RowVersion = 0, bool IsRowNew = false);

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

    /// <param name="letter">What to bring in.</param>
    /// <param name="containedVersion">The row is known to contain an earlier letter of the session from this version on; 0 otherwise.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<ReplayStep> RunAsync(DeadLetter letter, long containedVersion, CancellationToken cancellationToken)
    {
        if (!PackedSession.TryRead(letter.Payload, out var refused, out _)) return new ReplayStep(ReplayOutcome.Skipped);
        var baseVersion = Math.Max(letter.BaseVersion, containedVersion);
        var row = (await store.LoadAsync([letter.Key], cancellationToken).ConfigureAwait(false))[0];
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (row is null) return new ReplayStep(ReplayOutcome.Gone);
            var isReadable = PackedSession.TryRead(row.Payload, out var stored, out _);
            if (expiration.JudgeStored(row, SessionTerms.Read(stored)) is not null) return new ReplayStep(ReplayOutcome.Gone);
            if (!isReadable) return new ReplayStep(ReplayOutcome.Skipped);

            var next = stored.Replay(refused, baseVersion, Math.Max(Math.Max(row.Version, stored.Version), baseVersion) + 1, node);
            if (ReferenceEquals(next.Bytes, row.Payload)) return new ReplayStep(ReplayOutcome.Replayed, row.Version);

            FlushOutcome outcome;
            try
            {
                outcome = (await store.FlushAsync([new SessionWrite(letter.Key, next.Bytes, next.Version, row.Version, row.ExpiresIn)], cancellationToken).ConfigureAwait(false))[0];
            }
            catch (BackingStoreException failure) when (failure.Failure == BackingStoreFailure.Data)
            {
                return new ReplayStep(ReplayOutcome.StillRefused);
            }

            // Somebody holds the row: not for this call to wait for.
            if (outcome.Kind == FlushOutcomeKind.Blocked) return new ReplayStep(ReplayOutcome.Skipped);
            if (outcome.Kind == FlushOutcomeKind.Written) return new ReplayStep(ReplayOutcome.Replayed, next.Version, IsRowNew: true);
            row = outcome.Current;
        }

        return new ReplayStep(ReplayOutcome.Skipped);
    }
}
