using HybridSession.Conformance;
using HybridSession.Expiration;
using HybridSession.Resilience;
using HybridSession.Stores;
using Microsoft.Extensions.Logging.Abstractions;

namespace HybridSession.Core.Tests.Stores;

public sealed class InMemoryConformanceTests : BackingStoreConformance
{
    protected override Task<IBackingStoreFixture> CreateFixtureAsync() =>
        Task.FromResult<IBackingStoreFixture>(new BackingStoreFixture(new InMemoryBackingStore(TimeProvider.System)));
}

// A stage has to keep the contract of what it wraps.
public sealed class ResilientConformanceTests : BackingStoreConformance
{
    protected override Task<IBackingStoreFixture> CreateFixtureAsync() =>
        Task.FromResult<IBackingStoreFixture>(new BackingStoreFixture(new ResilientBackingStore(
            new InMemoryBackingStore(TimeProvider.System), new ResilienceOptions(), new StoreCircuit(new SessionClock(TimeProvider.System)), NullLogger<ResilientBackingStore>.Instance)));
}

public sealed class CompressingConformanceTests : BackingStoreConformance
{
    protected override Task<IBackingStoreFixture> CreateFixtureAsync() =>
        Task.FromResult<IBackingStoreFixture>(new BackingStoreFixture(new CompressingBackingStore(
            new InMemoryBackingStore(TimeProvider.System), new CompressionOptions { Enabled = true, Threshold = 64 }, 1 << 20, isDecrypted: false,
            TimeProvider.System, NullLogger<CompressingBackingStore>.Instance)));
}
