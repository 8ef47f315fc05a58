using HybridSession.Conformance;
using HybridSession.Postgres.Tests.Poolers;

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

/// <summary>One schema and one store for all tests of a class: making them takes longer than most tests.</summary>
internal sealed class PostgresStoreFixture(ISessionBackingStore store) : IBackingStoreFixture
{
    private static readonly Dictionary<string, (TestSchema Schema, ISessionBackingStore Store)> Kept = [];

    public ISessionBackingStore Store { get; } = store;

    public static async Task<IBackingStoreFixture> CreateAsync(string name, Action<PostgresSessionOptions> configure)
    {
        if (!Kept.TryGetValue(name, out var kept))
        {
            var schema = await TestSchema.CreateAsync(name);
            Kept[name] = kept = (schema, await schema.StartStoreAsync(configure));
        }
        return new PostgresStoreFixture(kept.Store);
    }

    /// <summary>At the end of the run.</summary>
    public static async ValueTask DropAllAsync()
    {
        foreach (var kept in Kept.Values) await kept.Schema.DisposeAsync();
        Kept.Clear();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
