namespace HybridSession.Stores;

/// <summary>A stage that stores payloads in another form than it is given them, and gives them back byte by byte. Thread-safe.</summary>
/// <remarks>
/// <para>Sealing one payload twice need not make the same bytes (a key is rotated, a nonce is random, another node compresses otherwise). What the inner store judges by bytes is
/// therefore judged here once more by content: a write that is stored already is <see cref="FlushOutcomeKind.Written"/> in whatever form it is there, and a dead letter is
/// named by what it says, not by how it is stored.</para>
/// <para>What cannot be opened is passed on in a form that no reader takes: the engine neither serves nor overwrites it, as it does with damaged rows.</para>
/// </remarks>
internal abstract partial class PayloadStage(ISessionBackingStore inner) : DelegatingBackingStore(inner)
{
    /// <summary>The bytes to store.</summary>
    protected abstract byte[] Seal(byte[] payload, in PayloadPlace place);

    /// <summary>The payload again; other forms as they are. Equal bytes of one place open to equal bytes, as long as the keys are the same.</summary>
    /// <param name="stored">Not empty: what is empty was left out by the store.</param>
    /// <param name="place">Where it was stored.</param>
    protected abstract byte[] Open(byte[] stored, in PayloadPlace place);

    public sealed override async ValueTask<StoredSession?[]> LoadAsync(IReadOnlyList<SessionRead> reads, CancellationToken cancellationToken)
    {
        var rows = await Inner.LoadAsync(reads, cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < Math.Min(rows.Length, reads.Count); i++)
            if (rows[i] is { } row) rows[i] = Opened(reads[i].Key, row);
        return rows;
    }

    public sealed override async ValueTask<FlushOutcome[]> FlushAsync(IReadOnlyList<SessionWrite> batch, CancellationToken cancellationToken)
    {
        var writes = new SessionWrite[batch.Count];
        for (var i = 0; i < writes.Length; i++) writes[i] = Sealed(batch[i]);
        var outcomes = await Inner.FlushAsync(writes, cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < Math.Min(outcomes.Length, writes.Length); i++)
            if (outcomes[i].Current is { } row) outcomes[i] = Judge(batch[i], Opened(batch[i].Key, row));
        return outcomes;
    }

    public sealed override async ValueTask<FlushOutcome> RekeyAsync(SessionKey oldKey, long baseVersion, SessionWrite replacement, CancellationToken cancellationToken)
    {
        var outcome = await Inner.RekeyAsync(oldKey, baseVersion, Sealed(replacement), cancellationToken).ConfigureAwait(false);
        if (outcome.Current is { } row) return FlushOutcome.Conflict(Opened(oldKey, row));
        if (outcome.Kind != FlushOutcomeKind.Gone) return outcome;

        // An earlier attempt whose answer was lost may have moved it; the store, which compares bytes, cannot tell.
        var moved = (await LoadAsync([replacement.Key], cancellationToken).ConfigureAwait(false))[0];
        return moved is not null && IsStored(replacement, moved) ? FlushOutcome.Written : outcome;
    }

    public sealed override async ValueTask<BindOutcome> BindAsync(SessionBinding binding, CancellationToken cancellationToken)
    {
        var outcome = await Inner.BindAsync(binding with { Write = Sealed(binding.Write) }, cancellationToken).ConfigureAwait(false);
        if (outcome.Current is not { } current) return outcome;
        var row = Opened(binding.Write.Key, current);
        return IsStored(binding.Write, row) ? BindOutcome.Bound([]) : BindOutcome.Conflict(row);
    }

    private static FlushOutcome Judge(in SessionWrite write, StoredSession row) => IsStored(write, row) ? FlushOutcome.Written : FlushOutcome.Conflict(row);

    private static bool IsStored(in SessionWrite write, StoredSession row) => row.Version == write.Version && row.Payload.AsSpan().SequenceEqual(write.Payload);

    private SessionWrite Sealed(in SessionWrite write) => write with { Payload = Seal(write.Payload, PayloadPlace.Of(write)) };

    private StoredSession Opened(SessionKey key, StoredSession row)
    {
        if (row.Payload.Length == 0) return row;
        var payload = Open(row.Payload, PayloadPlace.Of(key, row));
        return ReferenceEquals(payload, row.Payload) ? row : row with { Payload = payload };
    }
}
