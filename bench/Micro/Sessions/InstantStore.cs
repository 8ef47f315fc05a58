namespace HybridSession.Bench.Micro.Sessions;

/// <summary>A store that answers at once: every write is stored, and every load finds the last one.</summary>
internal sealed class InstantStore() : DelegatingBackingStore(new InMemoryBackingStore(TimeProvider.System))
{
    private StoredSession? _row;

    public int StoredBytes => _row?.Payload.Length ?? 0;

    public override ValueTask<FlushOutcome[]> FlushAsync(IReadOnlyList<SessionWrite> batch, CancellationToken cancellationToken)
    {
        _row = new StoredSession(batch[^1].Payload, batch[^1].Version, batch[^1].ExpiresIn, TimeSpan.Zero);
        return ValueTask.FromResult(new FlushOutcome[batch.Count]);
    }

    public override ValueTask<StoredSession?[]> LoadAsync(IReadOnlyList<SessionRead> reads, CancellationToken cancellationToken) => ValueTask.FromResult<StoredSession?[]>([_row]);
}
