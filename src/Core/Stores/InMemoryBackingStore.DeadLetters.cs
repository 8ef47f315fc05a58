namespace HybridSession;

// What the store refused elsewhere: one letter a session.
public sealed partial class InMemoryBackingStore
{
    private readonly Dictionary<SessionKey, Letter> _letters = [];

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<DeadLetterConflict>> PutDeadLettersAsync(IReadOnlyList<DeadLetterWrite> letters, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(letters);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            List<DeadLetterConflict> conflicts = [];
            foreach (var (letter, replaces) in letters)
            {
                var present = FindLetterLocked(letter.Key);
                var name = present?.ToVersion();
                if (name == letter.ToVersion()) continue;
                if (name != replaces || letter.Version <= present?.Version) conflicts.Add(new DeadLetterConflict(letter.Key, present));
                else _letters[letter.Key] = new Letter(letter.Payload, letter.Version, letter.BaseVersion, ExpiryAfter(letter.ExpiresIn), letter.Reason, Now - letter.Age);
            }

            return ValueTask.FromResult<IReadOnlyList<DeadLetterConflict>>(conflicts);
        }
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<DeadLetter>> ReadDeadLettersAsync(int max, int skip, string? publicId, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(skip);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            return ValueTask.FromResult<IReadOnlyList<DeadLetter>>(
            [
                .. _letters.Where(letter => publicId is null || letter.Key.ToPublicId() == publicId)
                    .OrderBy(letter => letter.Value.Since).ThenBy(letter => letter.Key)
                    .Skip(skip).Take(max)
                    .Select(letter => ReadLetterLocked(letter.Key, letter.Value)),
            ]);
        }
    }

    /// <inheritdoc />
    public ValueTask<int> ReleaseDeadLettersAsync(IReadOnlyList<DeadLetterVersion> letters, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(letters);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
            return ValueTask.FromResult(letters.Count(letter => FindLetterLocked(letter.Key)?.ToVersion() == letter && _letters.Remove(letter.Key)));
    }

    /// <inheritdoc />
    public ValueTask<long> CountDeadLettersAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock) return ValueTask.FromResult((long)_letters.Count);
    }

    private DeadLetter? FindLetterLocked(SessionKey key) => _letters.TryGetValue(key, out var letter) ? ReadLetterLocked(key, letter) : null;

    private DeadLetter ReadLetterLocked(SessionKey key, Letter letter) =>
        new(key, letter.Payload, letter.Version, letter.BaseVersion, letter.ExpiresAt - Now, letter.Reason, Now - letter.Since);

    private readonly record struct Letter(byte[] Payload, long Version, long BaseVersion, TimeSpan ExpiresAt, string Reason, TimeSpan Since);
}
