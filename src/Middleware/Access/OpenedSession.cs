using System.Diagnostics.CodeAnalysis;
using System.Text;
using HybridSession.Consistency;
using HybridSession.Hot;
using HybridSession.Updates;

namespace HybridSession.Middleware;

/// <summary>The content of one session without a request around it.</summary>
internal sealed class OpenedSession(SessionEngine engine, LiveSession live) : IOpenedSession
{
    private LiveSession _live = live;
    private RemovalWatches.RemovalLease? _lease;
    private volatile bool _isChanged;

    public bool IsAvailable => !_live.IsEnded;

    public string Id => _live.Key.ToPublicId();

    public IEnumerable<string> Keys => _live.Payload.Keys();

    public CancellationToken Removed
    {
        get
        {
            if (_lease is { } known) return known.Token;
            var lease = engine.Watch(_live);
            if (Interlocked.CompareExchange(ref _lease, lease, null) is not { } other) return lease.Token;
            lease.Dispose();
            return other.Token;
        }
    }

    public Task LoadAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    public bool TryGetValue(string key, [NotNullWhen(true)] out byte[]? value)
    {
        value = _live.Payload.TryGet(Utf8(key), out var stored) ? stored.ToArray() : null;
        return value is not null;
    }

    public void Set(string key, byte[] value)
    {
        ArgumentNullException.ThrowIfNull(value);
        _live = engine.Set(_live, Utf8(key), value, out var changed);
        _isChanged |= changed;
    }

    public void Remove(string key)
    {
        _live = engine.Remove(_live, Utf8(key), out var changed);
        _isChanged |= changed;
    }

    public void Clear()
    {
        _live = engine.Clear(_live, out var changed);
        _isChanged |= changed;
    }

    public byte[]? Update(string key, Func<byte[]?, byte[]?> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        return Update(key, new CustomUpdate(change));
    }

    public long Increment(string key, long by = 1) => IncrementUpdate.Read(Update(key, new IncrementUpdate(by)));

    public Task CommitAsync(CancellationToken cancellationToken = default) => CommitAsync(Durability.Durable, cancellationToken);

    public Task CommitAsync(Durability durability, CancellationToken cancellationToken = default) => engine.CommitAsync(_live, durability, cancellationToken).AsTask();

    public async ValueTask DisposeAsync()
    {
        _lease?.Dispose();
        if (!_isChanged) return;
        _isChanged = false;
        await engine.CommitAsync(_live, engine.HasPeers ? Durability.Durable : engine.Options.Durability, CancellationToken.None).ConfigureAwait(false);
    }

    private byte[]? Update(string key, SessionUpdate update)
    {
        _live = engine.Update(_live, Utf8(key), update, out var value, out var changed);
        _isChanged |= changed;
        return value;
    }

    private static byte[] Utf8(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var bytes = Encoding.UTF8.GetBytes(key);
        return bytes.Length <= Utf8Key.MaxLength
            ? bytes
            : throw new ArgumentOutOfRangeException(nameof(key), $"The key has {bytes.Length} bytes of UTF-8; at most {Utf8Key.MaxLength} are allowed.");
    }
}
