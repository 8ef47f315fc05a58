using HybridSession.Conformance;
using HybridSession.Middleware;
using HybridSession.Postgres.Tests.Poolers;
using HybridSession.Stores;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging.Abstractions;

namespace HybridSession.Postgres.Tests;

public sealed class ConformanceTests : BackingStoreConformance
{
    protected override Task<IBackingStoreFixture> CreateFixtureAsync() => PostgresStoreFixture.CreateAsync("public", static _ => { });
}

public sealed class OddSchemaConformanceTests : BackingStoreConformance
{
    protected override Task<IBackingStoreFixture> CreateFixtureAsync() => PostgresStoreFixture.CreateAsync("Odd \"schema\"", static _ => { });
}

public sealed class ArraysConformanceTests : BackingStoreConformance
{
    protected override Task<IBackingStoreFixture> CreateFixtureAsync() => PostgresStoreFixture.CreateAsync("conformance_arrays", static o => o.FlushMethod = FlushMethod.Arrays);
}

public sealed class CopyConformanceTests : BackingStoreConformance
{
    protected override Task<IBackingStoreFixture> CreateFixtureAsync() => PostgresStoreFixture.CreateAsync("conformance_copy", static o => o.FlushMethod = FlushMethod.Copy);
}

public sealed class PoolerConformanceTests : BackingStoreConformance
{
    protected override Task<IBackingStoreFixture> CreateFixtureAsync() => PostgresStoreFixture.CreateAsync("conformance_pooler", static o => o.AssumePooler = true);
}

/// <summary>Through a real pooler, in transaction mode.</summary>
public sealed class PgBouncerConformanceTests : BackingStoreConformance
{
    protected override async Task<IBackingStoreFixture> CreateFixtureAsync()
    {
        var bouncer = await PgBouncer.GetAsync();
        return await PostgresStoreFixture.CreateAsync("conformance_pgbouncer", o => o.ConnectionString = bouncer.Through(o.ConnectionString!));
    }
}

public sealed class CompressedConformanceTests : BackingStoreConformance
{
    protected override Task<IBackingStoreFixture> CreateFixtureAsync() => PostgresStoreFixture.CreateAsync("conformance_arrays", static o => o.FlushMethod = FlushMethod.Arrays, Stages.Compress);
}

public sealed class EncryptedConformanceTests : BackingStoreConformance
{
    protected override Task<IBackingStoreFixture> CreateFixtureAsync() => PostgresStoreFixture.CreateAsync("conformance_arrays", static o => o.FlushMethod = FlushMethod.Arrays, Stages.Encrypt);
}

public sealed class CompressedAndEncryptedConformanceTests : BackingStoreConformance
{
    protected override Task<IBackingStoreFixture> CreateFixtureAsync() =>
        PostgresStoreFixture.CreateAsync("conformance_copy", static o => o.FlushMethod = FlushMethod.Copy, static inner => Stages.Compress(Stages.Encrypt(inner)));
}

/// <summary>The stages that change what is stored.</summary>
internal static class Stages
{
    private static readonly EphemeralDataProtectionProvider Keys = new();

    public static ISessionBackingStore Compress(ISessionBackingStore inner) => new CompressingBackingStore(
        inner, new CompressionOptions { Enabled = true, Threshold = 64 }, 1 << 20, isDecrypted: true, TimeProvider.System, NullLogger<CompressingBackingStore>.Instance);

    public static ISessionBackingStore Encrypt(ISessionBackingStore inner) =>
        new EncryptingBackingStore(inner, new EncryptedForm(Keys), new EncryptionOptions { Enabled = true, AcceptPlain = false }, new EncryptionReports(NullLogger.Instance, TimeProvider.System));
}

/// <summary>One schema and one store for all tests of a class, or of several that want the same: making them takes longer than most tests, and their connections are held to the end.</summary>
internal sealed class PostgresStoreFixture(ISessionBackingStore store) : IBackingStoreFixture
{
    private static readonly Dictionary<string, (TestSchema Schema, ISessionBackingStore Store)> Kept = [];

    public ISessionBackingStore Store { get; } = store;

    public static async Task<IBackingStoreFixture> CreateAsync(string name, Action<PostgresSessionOptions> configure, Func<ISessionBackingStore, ISessionBackingStore>? stage = null)
    {
        if (!Kept.TryGetValue(name, out var kept))
        {
            var schema = await TestSchema.CreateAsync(name);
            Kept[name] = kept = (schema, await schema.StartStoreAsync(configure));
        }
        return new PostgresStoreFixture(stage?.Invoke(kept.Store) ?? kept.Store);
    }

    /// <summary>At the end of the run.</summary>
    public static async ValueTask DropAllAsync()
    {
        foreach (var kept in Kept.Values) await kept.Schema.DisposeAsync();
        Kept.Clear();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
