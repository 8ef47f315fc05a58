using HybridSession.Conformance;

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

internal sealed class PostgresStoreFixture(TestSchema schema, ISessionBackingStore store) : IBackingStoreFixture
{
    public ISessionBackingStore Store { get; } = store;

    public static async Task<IBackingStoreFixture> CreateAsync(string name, Action<PostgresSessionOptions> configure)
    {
        var schema = await TestSchema.CreateAsync(name);
        return new PostgresStoreFixture(schema, await schema.StartStoreAsync(configure));
    }

    public ValueTask DisposeAsync() => schema.DisposeAsync();
}
