namespace HybridSession.Stores;

// A letter is named by its content, which the inner store knows in its stored form only. The few letters there ever are may cost a round trip more.
internal abstract partial class PayloadStage
{
    // A letter is stored anew in another form at most when somebody releases and puts it at this very moment.
    private const int MaxTurns = 4;

    public sealed override async ValueTask<IReadOnlyList<DeadLetterConflict>> PutDeadLettersAsync(IReadOnlyList<DeadLetterWrite> letters, CancellationToken cancellationToken)
    {
        var pending = letters.ToDictionary(static write => write.Letter.Key, write => (Wanted: write, Sealed: Sealed(write.Letter)));
        DeadLetterWrite[] writes = [.. pending.Values.Select(static letter => letter.Wanted with { Letter = letter.Sealed })];
        List<DeadLetterConflict> refused = [];
        for (var turn = 1; ; turn++)
        {
            var conflicts = await Inner.PutDeadLettersAsync(writes, cancellationToken).ConfigureAwait(false);
            if (conflicts.Count == 0) return refused;

            List<DeadLetterWrite> again = [];
            foreach (var (key, stored) in conflicts)
            {
                var (wanted, form) = pending[key];
                var inPlace = stored is null ? null : Opened(stored);
                var name = inPlace?.ToVersion();
                if (name == wanted.Letter.ToVersion()) continue;
                // The one to replace, which the store did not know by that name.
                if (turn < MaxTurns && inPlace is not null && name == wanted.Replaces && inPlace.Version < wanted.Letter.Version) again.Add(new DeadLetterWrite(form, stored!.ToVersion()));
                else refused.Add(new DeadLetterConflict(key, inPlace));
            }

            if (again.Count == 0) return refused;
            writes = [.. again];
        }
    }

    public sealed override async ValueTask<IReadOnlyList<DeadLetter>> ReadDeadLettersAsync(int max, int skip, string? publicId, CancellationToken cancellationToken)
    {
        var letters = await Inner.ReadDeadLettersAsync(max, skip, publicId, cancellationToken).ConfigureAwait(false);
        return [.. letters.Select(Opened)];
    }

    public sealed override async ValueTask<int> ReleaseDeadLettersAsync(IReadOnlyList<DeadLetterVersion> letters, CancellationToken cancellationToken)
    {
        // Those that are stored as they are read.
        var released = await Inner.ReleaseDeadLettersAsync(letters, cancellationToken).ConfigureAwait(false);
        if (released == letters.Count) return released;

        List<DeadLetterVersion> stored = [];
        foreach (var letter in letters)
        {
            foreach (var inPlace in await Inner.ReadDeadLettersAsync(1, 0, letter.Key.ToPublicId(), cancellationToken).ConfigureAwait(false))
                if (Opened(inPlace).ToVersion() == letter) stored.Add(inPlace.ToVersion());
        }

        return stored.Count == 0 ? released : released + await Inner.ReleaseDeadLettersAsync(stored, cancellationToken).ConfigureAwait(false);
    }

    private DeadLetter Sealed(DeadLetter letter) => letter with { Payload = Seal(letter.Payload, PayloadPlace.Of(letter)) };

    private DeadLetter Opened(DeadLetter letter)
    {
        if (letter.Payload.Length == 0) return letter;
        var payload = Open(letter.Payload, PayloadPlace.Of(letter));
        return ReferenceEquals(payload, letter.Payload) ? letter : letter with { Payload = payload };
    }
}
