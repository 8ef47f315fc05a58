using HybridSession.Conformance;
using HybridSession.Stores;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging.Abstractions;

namespace HybridSession.Middleware.Tests.Encryption;

// A stage has to keep the contract of what it wraps.
public sealed class EncryptingConformanceTests : BackingStoreConformance
{
    protected override Task<IBackingStoreFixture> CreateFixtureAsync() =>
        Task.FromResult<IBackingStoreFixture>(new BackingStoreFixture(Encrypt(new InMemoryBackingStore(TimeProvider.System), acceptPlain: true)));

    internal static EncryptingBackingStore Encrypt(ISessionBackingStore inner, bool acceptPlain) => new(
        inner, new EncryptedForm(new EphemeralDataProtectionProvider()), new EncryptionOptions { Enabled = true, AcceptPlain = acceptPlain }, new EncryptionReports(NullLogger.Instance, TimeProvider.System));
}

public sealed class CompressedAndEncryptedConformanceTests : BackingStoreConformance
{
    protected override Task<IBackingStoreFixture> CreateFixtureAsync() =>
        Task.FromResult<IBackingStoreFixture>(new BackingStoreFixture(new CompressingBackingStore(
            EncryptingConformanceTests.Encrypt(new InMemoryBackingStore(TimeProvider.System), acceptPlain: false), new CompressionOptions { Enabled = true, Threshold = 64 }, 1 << 20, isDecrypted: true,
            TimeProvider.System, NullLogger<CompressingBackingStore>.Instance)));
}
