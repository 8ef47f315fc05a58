using Microsoft.Extensions.Caching.Distributed;

namespace HybridSession.Middleware.Tests.Hosting;

/// <summary>What the store of either host does wrong, and what it was asked.</summary>
internal sealed class StoreFaults
{
    public const string Message = "The store was told to fail.";

    public List<string> Calls { get; } = [];

    public bool Fails { get; set; }

    /// <summary>Calls wait for this; null lets them pass.</summary>
    public TaskCompletionSource? Gate { get; set; }

    /// <summary>The start of the store waits for this; null lets it pass.</summary>
    public TaskCompletionSource? StartGate { get; set; }

    /// <summary>How often a call was made since the start, or since <see cref="Forget"/>.</summary>
    public int Count(string call)
    {
        lock (Calls) return Calls.Count(c => c == call);
    }

    public void Forget()
    {
        lock (Calls) Calls.Clear();
    }

    public async Task BeforeAsync(string call)
    {
        lock (Calls) Calls.Add(call);
        if (Gate is { } gate) await gate.Task;
        if (Fails) throw new BackingStoreException(Message);
    }
}

internal sealed class FaultyBackingStore(ISessionBackingStore inner, StoreFaults faults) : DelegatingBackingStore(inner)
{
    public override async ValueTask InitializeAsync(CancellationToken cancellationToken)
    {
        if (faults.StartGate is { } gate) await gate.Task.WaitAsync(cancellationToken);
        await base.InitializeAsync(cancellationToken);
    }

    public override ValueTask PingAsync(CancellationToken cancellationToken) =>
        faults.Fails ? ValueTask.FromException(new BackingStoreException(StoreFaults.Message)) : base.PingAsync(cancellationToken);

    public override async ValueTask<StoredSession?[]> LoadAsync(IReadOnlyList<SessionRead> reads, CancellationToken cancellationToken)
    {
        await faults.BeforeAsync("Load").WaitAsync(cancellationToken);
        return await base.LoadAsync(reads, cancellationToken);
    }

    public override async ValueTask<FlushOutcome[]> FlushAsync(IReadOnlyList<SessionWrite> batch, CancellationToken cancellationToken)
    {
        await faults.BeforeAsync(batch.Any(w => w.IsBirth) ? "Birth" : "Flush").WaitAsync(cancellationToken);
        return await base.FlushAsync(batch, cancellationToken);
    }

    public override async ValueTask<IReadOnlyList<SessionKey>> TouchAsync(IReadOnlyList<SessionTouch> batch, CancellationToken cancellationToken)
    {
        await faults.BeforeAsync("Touch").WaitAsync(cancellationToken);
        return await base.TouchAsync(batch, cancellationToken);
    }

    public override async ValueTask<bool> RemoveAsync(SessionKey key, CancellationToken cancellationToken)
    {
        await faults.BeforeAsync("Remove").WaitAsync(cancellationToken);
        return await base.RemoveAsync(key, cancellationToken);
    }

    public override async ValueTask<FlushOutcome> RekeyAsync(SessionKey oldKey, long baseVersion, SessionWrite replacement, CancellationToken cancellationToken)
    {
        await faults.BeforeAsync("Rekey").WaitAsync(cancellationToken);
        return await base.RekeyAsync(oldKey, baseVersion, replacement, cancellationToken);
    }

    public override async ValueTask<BindOutcome> BindAsync(SessionBinding binding, CancellationToken cancellationToken)
    {
        await faults.BeforeAsync("Bind").WaitAsync(cancellationToken);
        return await base.BindAsync(binding, cancellationToken);
    }
}

internal sealed class FaultyDistributedCache(IDistributedCache inner, StoreFaults faults) : IDistributedCache
{
    public byte[]? Get(string key)
    {
        faults.BeforeAsync("Load").GetAwaiter().GetResult();
        return inner.Get(key);
    }

    public async Task<byte[]?> GetAsync(string key, CancellationToken token = default)
    {
        await faults.BeforeAsync("Load").WaitAsync(token);
        return await inner.GetAsync(key, token);
    }

    public void Refresh(string key) => throw new NotSupportedException();

    public async Task RefreshAsync(string key, CancellationToken token = default)
    {
        await faults.BeforeAsync("Touch").WaitAsync(token);
        await inner.RefreshAsync(key, token);
    }

    public void Remove(string key) => throw new NotSupportedException();

    public Task RemoveAsync(string key, CancellationToken token = default) => inner.RemoveAsync(key, token);

    public void Set(string key, byte[] value, DistributedCacheEntryOptions options) => throw new NotSupportedException();

    public async Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default)
    {
        await faults.BeforeAsync("Flush").WaitAsync(token);
        await inner.SetAsync(key, value, options, token);
    }
}
