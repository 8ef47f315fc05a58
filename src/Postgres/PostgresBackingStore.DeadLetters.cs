namespace HybridSession.Postgres;

// What the session table refused.
internal sealed partial class PostgresBackingStore
{
    private readonly DeadLetterTable _letters;

    public async ValueTask<IReadOnlyList<DeadLetterConflict>> PutDeadLettersAsync(IReadOnlyList<DeadLetterWrite> letters, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(letters);
        if (letters.Count == 0) return [];

        return await CallAsync(_writes, () => $"Putting {letters.Count} sessions into quarantine", (connection, progress, token) => _letters.PutAsync(connection, letters, progress, token), cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<IReadOnlyList<DeadLetter>> ReadDeadLettersAsync(int max, int skip, string? publicId, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(skip);
        return CallAsync(_loads, static () => "Reading the quarantine", (connection, _, token) => _letters.ReadAsync(connection, max, skip, publicId, token), cancellationToken);
    }

    public async ValueTask<int> ReleaseDeadLettersAsync(IReadOnlyList<DeadLetterVersion> letters, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(letters);
        if (letters.Count == 0) return 0;

        return await CallAsync(_writes, () => $"Releasing {letters.Count} sessions from quarantine", (connection, progress, token) => _letters.ReleaseAsync(connection, letters, progress, token), cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<long> CountDeadLettersAsync(CancellationToken cancellationToken) =>
        CallAsync(_loads, static () => "Counting the quarantine", (connection, _, token) => _letters.CountAsync(connection, token), cancellationToken);
}
