using HybridSession.Configuration;
using HybridSession.Stores;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HybridSession.Middleware.Tests.Configuration;

public class BackingStoreSelectorTests
{
    private static readonly BackingStoreRegistration Postgres = new(BackingStoreSelector.PostgresNames, _ => throw new NotSupportedException());
    private static readonly BackingStoreRegistration Other = new(["redis"], _ => throw new NotSupportedException());

    [Fact]
    public void Without_a_name_the_last_registration_is_taken()
    {
        Assert.Null(BackingStoreSelector.Choose(null, [Postgres, Other], out var chosen));

        Assert.Same(Other, chosen);
    }

    [Theory, InlineData("postgresql"), InlineData("PG"), InlineData(" Npgsql ")]
    public void A_name_is_compared_without_case(string name)
    {
        Assert.Null(BackingStoreSelector.Choose(name, [Postgres, Other], out var chosen));

        Assert.Same(Postgres, chosen);
    }

    [Fact]
    public void Memory_is_always_there()
    {
        Assert.Null(BackingStoreSelector.Choose("Memory", [], out var chosen));

        Assert.Same(BackingStoreSelector.Memory, chosen);
    }

    [Theory]
    [InlineData("postgresql", "Provider is \"postgresql\", but no PostgreSQL store is registered. Add the package HybridSession.Postgres and call AddHybridSession(...).UsePostgres().")]
    [InlineData("redos", "Provider \"redos\" is not a store. Valid here: redis, memory, inmemory. Did you mean redis?")]
    [InlineData("postgers", "Provider \"postgers\" is not a store. Valid here: redis, memory, inmemory. Did you mean postgres?")]
    [InlineData("couchbase", "Provider \"couchbase\" is not a store. Valid here: redis, memory, inmemory.")]
    public void A_name_that_nobody_answers_to_is_refused(string name, string message)
    {
        Assert.Equal(message, BackingStoreSelector.Choose(name, [Other], out _));
    }

    [Fact]
    public void Without_any_store_both_ways_are_named()
    {
        var message = BackingStoreSelector.Choose(null, [], out _);

        Assert.Contains(".UsePostgres(", message, StringComparison.Ordinal);
        Assert.Contains(".UseInMemoryStore()", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stages_wrap_in_the_order_of_registration_with_the_last_outermost()
    {
        await using var services = new ServiceCollection().AddHybridSession().UseInMemoryStore()
            .Use(inner => new Stage(inner, "first"))
            .Use((_, inner) => new Stage(inner, "last")).Services.BuildServiceProvider();

        var outer = Assert.IsType<Stage>(services.GetRequiredService<ISessionBackingStore>());

        Assert.Equal(("last", "first"), (outer.Name, Assert.IsType<Stage>(outer.Wrapped).Name));
        Assert.IsType<CompressingBackingStore>(((Stage)outer.Wrapped).Wrapped);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Sessions_are_compressed_before_they_are_encrypted_whatever_the_order_of_the_calls(bool isEncryptionFirst)
    {
        var rows = new InMemoryBackingStore(TimeProvider.System);
        var builder = new ServiceCollection().AddHybridSession();
        builder.Services.AddSingleton(new BackingStoreRegistration(["test"], _ => rows)).AddSingleton<IDataProtectionProvider>(new EphemeralDataProtectionProvider());
        builder.Use(inner => new Stage(inner, "first"));
        if (isEncryptionFirst) builder.UsePayloadEncryption().UsePayloadCompression();
        else builder.UsePayloadCompression().UsePayloadEncryption();
        builder.Use(inner => new Stage(inner, "last"));
        await using var services = builder.Services.BuildServiceProvider();

        var outer = Assert.IsType<Stage>(services.GetRequiredService<ISessionBackingStore>());
        var write = new SessionWrite(SessionToken.Create().ToKey(), new byte[10_000], 1, 0, TimeSpan.FromHours(1));
        await outer.FlushAsync([write], default);

        var stored = (await rows.LoadAsync([write.Key], default))[0]!.Payload;
        Assert.Equal(130, stored[0]);
        Assert.InRange(stored.Length, 100, 300);
        Assert.Equal(write.Payload, (await outer.LoadAsync([write.Key], default))[0]!.Payload);
        Assert.Equal(("last", "first"), (outer.Name, Assert.IsType<Stage>(outer.Wrapped).Name));
    }

    private sealed class Stage(ISessionBackingStore inner, string name) : DelegatingBackingStore(inner)
    {
        public string Name { get; } = name;

        public ISessionBackingStore Wrapped => Inner;
    }
}
