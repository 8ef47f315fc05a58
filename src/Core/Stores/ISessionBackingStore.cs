namespace HybridSession;

/// <summary>
/// Where sessions are durable. The engine calls it in batches; the request path calls it only to load, to remove, or to wait by choice.
/// </summary>
/// <remarks>
/// <para>Members may be called concurrently; a key is never in two <see cref="FlushAsync"/> calls of one engine at the same time, unless one of them replays a dead letter.</para>
/// <para>Every failure is a <see cref="BackingStoreException"/> that says its <see cref="BackingStoreFailure"/> and whether the outcome is known;
/// cancellation by the caller's token is an <see cref="OperationCanceledException"/>. A failed call has changed nothing, unless
/// <see cref="BackingStoreException.OutcomeUnknown"/> is true: then all of the batch was stored, or none of it.</para>
/// <para>Time travels as a duration, so that no two clocks are ever compared. Any duration is legal; one of more than a hundred years may be shortened.
/// Empty batches are legal and do nothing.</para>
/// </remarks>
public interface ISessionBackingStore
{
    /// <summary>Makes the store ready: connection, schema, privileges. Called once, before any other member; safe to repeat and to run on several nodes at once.</summary>
    /// <exception cref="BackingStoreException">Says in one sentence what is wrong and what to do.</exception>
    ValueTask InitializeAsync(CancellationToken cancellationToken);

    /// <summary>One short round trip that tells whether the store would take reads and writes now. Called while nothing else is, to notice the end of an outage.</summary>
    /// <exception cref="BackingStoreException">It would not; classified as the failure of a write would be.</exception>
    ValueTask PingAsync(CancellationToken cancellationToken);

    /// <summary>Reads sessions.</summary>
    /// <param name="reads">What to read, in any order; a key may occur twice.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>
    /// One element a read, in the order of <paramref name="reads"/>; null where no row exists. An expired session that is still stored is returned, with
    /// <see cref="StoredSession.ExpiresIn"/> at or below zero. Of a row that is at the known version the payload may be left out: it is empty then.
    /// </returns>
    ValueTask<StoredSession?[]> LoadAsync(IReadOnlyList<SessionRead> reads, CancellationToken cancellationToken);

    /// <summary>
    /// Stores sessions, all in one transaction. A birth (<see cref="SessionWrite.BaseVersion"/> 0) inserts; any other write replaces exactly the version it started from, and nothing else.
    /// </summary>
    /// <param name="batch">The writes; a key occurs once.</param>
    /// <param name="cancellationToken">Ends the wait; the outcome is then unknown.</param>
    /// <returns>
    /// One outcome a write, in the order of <paramref name="batch"/>: <see cref="FlushOutcomeKind.Written"/>;
    /// <see cref="FlushOutcomeKind.Conflict"/> with the stored session, when the row is at another version than the write started from or, for a birth, exists with other content;
    /// <see cref="FlushOutcomeKind.Gone"/>, when a write that is no birth finds no row; <see cref="FlushOutcomeKind.Blocked"/>, when somebody else holds the row for long.
    /// A conflict, an absent or a blocked row of one key does not keep the others from being stored.
    /// A write whose exact bytes are already stored is reported as written or as a conflict with equal bytes.
    /// </returns>
    /// <exception cref="ArgumentException">A key occurs twice.</exception>
    ValueTask<FlushOutcome[]> FlushAsync(IReadOnlyList<SessionWrite> batch, CancellationToken cancellationToken);

    /// <summary>Moves expiries without writing payloads, each only while the row is at the given version.</summary>
    /// <returns>The keys whose row is absent or at another version; empty when every touch took effect.</returns>
    ValueTask<IReadOnlyList<SessionKey>> TouchAsync(IReadOnlyList<SessionTouch> batch, CancellationToken cancellationToken);

    /// <summary>Removes a session, whatever its version, and its dead letter with it.</summary>
    /// <returns>False when no row existed.</returns>
    ValueTask<bool> RemoveAsync(SessionKey key, CancellationToken cancellationToken);

    /// <summary>
    /// Moves a session to a new key in one step: removes the row of <paramref name="oldKey"/> while it is at <paramref name="baseVersion"/> and inserts <paramref name="replacement"/>, which keeps the row's creation time.
    /// A dead letter of the old key moves along, and so does the user, whom <see cref="SessionWrite.UserId"/> names: of a user whose sessions are being removed, none gets away under a new key.
    /// </summary>
    /// <returns><see cref="FlushOutcomeKind.Written"/>; <see cref="FlushOutcomeKind.Conflict"/> with the stored session when the row is at another version; <see cref="FlushOutcomeKind.Gone"/> when it is absent. Nothing is changed in the last two cases.</returns>
    ValueTask<FlushOutcome> RekeyAsync(SessionKey oldKey, long baseVersion, SessionWrite replacement, CancellationToken cancellationToken);

    /// <summary>
    /// Binds a session to a user in one step: stores the write, if the row is at the version that it started from, and who it belongs to. The binds, moves and removals of one user's
    /// sessions happen one after the other, so that the limit holds whoever binds at the same time, and whatever is bound or moved is either seen by a removal or comes after it.
    /// </summary>
    /// <param name="binding">What to store, for whom, and the limit. Sessions that have expired do not count.</param>
    /// <param name="cancellationToken">Ends the wait; the outcome is then unknown.</param>
    /// <returns>What happened. A write whose exact bytes are already stored for that user is reported as bound.</returns>
    /// <exception cref="ArgumentException">The write is a birth.</exception>
    ValueTask<BindOutcome> BindAsync(SessionBinding binding, CancellationToken cancellationToken);

    /// <summary>Finds the sessions of a user that have not expired, in the order of their keys.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="max">The most sessions to return; at least 1.</param>
    /// <param name="after">The public id (<see cref="SessionKey.ToPublicId"/>) of the last session of the page before; null for the first page. A text that is no such id finds nothing.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="max"/> is below 1.</exception>
    ValueTask<IReadOnlyList<UserSession>> FindByUserAsync(string userId, int max, string? after, CancellationToken cancellationToken);

    /// <summary>Counts the sessions of a user that have not expired.</summary>
    ValueTask<long> CountByUserAsync(string userId, CancellationToken cancellationToken);

    /// <summary>Counts all sessions that have not expired. May read the whole table.</summary>
    ValueTask<long> CountAsync(CancellationToken cancellationToken);

    /// <summary>Removes all sessions of a user, expired ones too, and their dead letters.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="except">The public id of one that stays; null for none. A text that is no such id spares none.</param>
    /// <param name="cancellationToken">Ends the wait; the outcome is then unknown.</param>
    /// <returns>The sessions that were removed.</returns>
    ValueTask<IReadOnlyList<SessionKey>> RemoveByUserAsync(string userId, string? except, CancellationToken cancellationToken);

    /// <summary>Removes the session with a public id (<see cref="SessionKey.ToPublicId"/>), and its dead letter.</summary>
    /// <returns>The session that was removed; none when there is no such session, or the text is no such id.</returns>
    ValueTask<IReadOnlyList<SessionKey>> RemoveByPublicIdAsync(string publicId, CancellationToken cancellationToken);

    /// <summary>
    /// Removes sessions that expired longer than <paramref name="grace"/> ago, in steps that do not hold up a flush, and dead letters that expired as long ago and
    /// whose session is not stored any more. When another node is at it, does nothing.
    /// </summary>
    /// <returns>The number of removed sessions.</returns>
    ValueTask<long> PruneAsync(TimeSpan grace, CancellationToken cancellationToken);

    /// <summary>
    /// Keeps what <see cref="FlushAsync"/> refused for its data, in a place that refuses none of it. There is one letter a session: a newer one replaces the one that it
    /// names, and no other, so that nobody's content is lost. Putting the same letter again changes nothing.
    /// </summary>
    /// <param name="letters">The letters; a key occurs once.</param>
    /// <param name="cancellationToken">Ends the wait; the outcome is then unknown.</param>
    /// <returns>
    /// Those that were not kept, with the letter in place: another one than it was to replace, or none, because the one to replace was released meanwhile.
    /// Empty when every letter is kept.
    /// </returns>
    ValueTask<IReadOnlyList<DeadLetterConflict>> PutDeadLettersAsync(IReadOnlyList<DeadLetterWrite> letters, CancellationToken cancellationToken);

    /// <summary>Reads dead letters, oldest first.</summary>
    /// <param name="max">The most letters to return; at least 1.</param>
    /// <param name="skip">How many of the oldest to pass over; at least 0.</param>
    /// <param name="publicId">Only the letter of this session (<see cref="SessionKey.ToPublicId"/>), or null for all. A text that is no such id finds nothing.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="max"/> is below 1 or <paramref name="skip"/> below 0.</exception>
    ValueTask<IReadOnlyList<DeadLetter>> ReadDeadLettersAsync(int max, int skip, string? publicId, CancellationToken cancellationToken);

    /// <summary>Removes dead letters, each only while it has exactly the given version and content.</summary>
    /// <returns>How many were removed.</returns>
    ValueTask<int> ReleaseDeadLettersAsync(IReadOnlyList<DeadLetterVersion> letters, CancellationToken cancellationToken);

    /// <summary>Counts the dead letters of all nodes.</summary>
    ValueTask<long> CountDeadLettersAsync(CancellationToken cancellationToken);
}
