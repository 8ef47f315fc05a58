using Microsoft.Extensions.Caching.Distributed;

namespace HybridSession.Bench.Micro.Sessions;

/// <summary>A distributed cache with one entry, which answers at once: what is left is the cost of the stock session itself.</summary>
internal sealed class InstantCache : IDistributedCache
{
    private byte[]? _value;

    public byte[]? Get(string key) => _value;

    public Task<byte[]?> GetAsync(string key, CancellationToken token = default) => Task.FromResult(_value);

    public void Set(string key, byte[] value, DistributedCacheEntryOptions options) => _value = value;

    public Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default)
    {
        _value = value;
        return Task.CompletedTask;
    }

    public void Refresh(string key)
    {
    }

    public Task RefreshAsync(string key, CancellationToken token = default) => Task.CompletedTask;

    public void Remove(string key) => _value = null;

    public Task RemoveAsync(string key, CancellationToken token = default)
    {
        _value = null;
        return Task.CompletedTask;
    }
}
