namespace HybridSession;

/// <summary>
/// The sessions whose data the backing store refuses (a check constraint, a trigger, a limit): kept aside, so that the others are stored, until somebody mends
/// the cause and replays them. For operators; thread-safe, and usable from any node.
/// </summary>
/// <remarks>Every member asks the backing store, and throws <see cref="BackingStoreException"/> when it fails. What was done until then stays done; call again.</remarks>
public interface ISessionQuarantine
{
    /// <summary>Counts the sessions that all nodes have put into the store's quarantine.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<long> CountAsync(CancellationToken cancellationToken = default);

    /// <summary>Lists the sessions in the store's quarantine, oldest first, without their content.</summary>
    /// <param name="max">The most to list; at least 1.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="max"/> is below 1.</exception>
    ValueTask<IReadOnlyList<QuarantinedSession>> ListAsync(int max, CancellationToken cancellationToken = default);

    /// <summary>
    /// Tries to store what was refused: merges each letter with the session as it is stored now, entry by entry. Nothing that changed since is overwritten, and a session that
    /// was removed meanwhile does not come back. Works also while nodes have the session in use.
    /// </summary>
    /// <param name="id">The public id of one session, or null for all.</param>
    /// <param name="cancellationToken">Ends the work between two sessions.</param>
    ValueTask<ReplayResult> ReplayAsync(string? id = null, CancellationToken cancellationToken = default);

    /// <summary>Drops what was refused of one session: it goes on as it is stored. A node other than this one that has it in use keeps its copy until it is stored, removed or expired.</summary>
    /// <param name="id">The public id of the session.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False when there was nothing to drop.</returns>
    ValueTask<bool> DiscardAsync(string id, CancellationToken cancellationToken = default);
}

/// <summary>A session in quarantine, without its content.</summary>
/// <param name="Id">Its public id: <c>ISession.Id</c>, safe to show.</param>
/// <param name="Reason">Why the store refused it, such as <c>SQLSTATE 23514</c>.</param>
/// <param name="Age">Time since it was first refused.</param>
/// <param name="SizeBytes">The size of its payload.</param>
public sealed record QuarantinedSession(string Id, string Reason, TimeSpan Age, int SizeBytes);

/// <summary>What became of the sessions of a replay, by count.</summary>
/// <param name="Replayed">Stored, and out of quarantine.</param>
/// <param name="Gone">Removed or expired meanwhile: out of quarantine, not stored.</param>
/// <param name="StillRefused">Refused again, and still in quarantine.</param>
/// <param name="Skipped">Still in quarantine for another reason: the session kept changing meanwhile, somebody else held its row, or its stored payload or its letter cannot be read by this version.</param>
public sealed record ReplayResult(int Replayed, int Gone, int StillRefused, int Skipped);
