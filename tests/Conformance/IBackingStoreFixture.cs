namespace HybridSession.Conformance;

/// <summary>A store for one test, initialized. What other tests left in it does not matter, except that no other test may run on it meanwhile.</summary>
public interface IBackingStoreFixture : IAsyncDisposable
{
    /// <summary>The store.</summary>
    ISessionBackingStore Store { get; }
}

/// <summary>A fixture for stores that need nothing around them.</summary>
public sealed class BackingStoreFixture(ISessionBackingStore store) : IBackingStoreFixture
{
    /// <inheritdoc />
    public ISessionBackingStore Store { get; } = store;

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (Store is IAsyncDisposable disposable) await disposable.DisposeAsync();
    }
}
