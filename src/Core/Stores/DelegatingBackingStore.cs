namespace HybridSession;

/// <summary>A stage around another store, as <c>DelegatingHandler</c> is around another handler. Override what the stage changes.</summary>
public abstract class DelegatingBackingStore : ISessionBackingStore, IAsyncDisposable
{
    /// <summary>Wraps <paramref name="inner"/>.</summary>
    protected DelegatingBackingStore(ISessionBackingStore inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        Inner = inner;
    }

    /// <summary>The wrapped store.</summary>
    protected ISessionBackingStore Inner { get; }

    /// <inheritdoc />
    public virtual ValueTask InitializeAsync(CancellationToken cancellationToken) => Inner.InitializeAsync(cancellationToken);

    /// <inheritdoc />
    public virtual ValueTask PingAsync(CancellationToken cancellationToken) => Inner.PingAsync(cancellationToken);

    /// <inheritdoc />
    public virtual ValueTask<StoredSession?[]> LoadAsync(IReadOnlyList<SessionRead> reads, CancellationToken cancellationToken) => Inner.LoadAsync(reads, cancellationToken);

    /// <inheritdoc />
    public virtual ValueTask<FlushOutcome[]> FlushAsync(IReadOnlyList<SessionWrite> batch, CancellationToken cancellationToken) => Inner.FlushAsync(batch, cancellationToken);

    /// <inheritdoc />
    public virtual ValueTask<IReadOnlyList<SessionKey>> TouchAsync(IReadOnlyList<SessionTouch> batch, CancellationToken cancellationToken) => Inner.TouchAsync(batch, cancellationToken);

    /// <inheritdoc />
    public virtual ValueTask<bool> RemoveAsync(SessionKey key, CancellationToken cancellationToken) => Inner.RemoveAsync(key, cancellationToken);

    /// <inheritdoc />
    public virtual ValueTask<FlushOutcome> RekeyAsync(SessionKey oldKey, long baseVersion, SessionWrite replacement, CancellationToken cancellationToken) => Inner.RekeyAsync(oldKey, baseVersion, replacement, cancellationToken);

    /// <inheritdoc />
    public virtual ValueTask<BindOutcome> BindAsync(SessionBinding binding, CancellationToken cancellationToken) => Inner.BindAsync(binding, cancellationToken);

    /// <inheritdoc />
    public virtual ValueTask<IReadOnlyList<UserSession>> FindByUserAsync(string userId, int max, string? after, CancellationToken cancellationToken) => Inner.FindByUserAsync(userId, max, after, cancellationToken);

    /// <inheritdoc />
    public virtual ValueTask<long> CountByUserAsync(string userId, CancellationToken cancellationToken) => Inner.CountByUserAsync(userId, cancellationToken);

    /// <inheritdoc />
    public virtual ValueTask<long> CountAsync(CancellationToken cancellationToken) => Inner.CountAsync(cancellationToken);

    /// <inheritdoc />
    public virtual ValueTask<IReadOnlyList<SessionKey>> RemoveByUserAsync(string userId, string? except, CancellationToken cancellationToken) => Inner.RemoveByUserAsync(userId, except, cancellationToken);

    /// <inheritdoc />
    public virtual ValueTask<IReadOnlyList<SessionKey>> RemoveByPublicIdAsync(string publicId, CancellationToken cancellationToken) => Inner.RemoveByPublicIdAsync(publicId, cancellationToken);

    /// <inheritdoc />
    public virtual ValueTask<long> PruneAsync(TimeSpan grace, CancellationToken cancellationToken) => Inner.PruneAsync(grace, cancellationToken);

    /// <inheritdoc />
    public virtual ValueTask<IReadOnlyList<DeadLetterConflict>> PutDeadLettersAsync(IReadOnlyList<DeadLetterWrite> letters, CancellationToken cancellationToken) => Inner.PutDeadLettersAsync(letters, cancellationToken);

    /// <inheritdoc />
    public virtual ValueTask<IReadOnlyList<DeadLetter>> ReadDeadLettersAsync(int max, int skip, string? publicId, CancellationToken cancellationToken) => Inner.ReadDeadLettersAsync(max, skip, publicId, cancellationToken);

    /// <inheritdoc />
    public virtual ValueTask<int> ReleaseDeadLettersAsync(IReadOnlyList<DeadLetterVersion> letters, CancellationToken cancellationToken) => Inner.ReleaseDeadLettersAsync(letters, cancellationToken);

    /// <inheritdoc />
    public virtual ValueTask<long> CountDeadLettersAsync(CancellationToken cancellationToken) => Inner.CountDeadLettersAsync(cancellationToken);

    /// <summary>Disposes the wrapped store, when it can be disposed.</summary>
    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (Inner is IAsyncDisposable disposable) await disposable.DisposeAsync().ConfigureAwait(false);
        else (Inner as IDisposable)?.Dispose();
    }
}
