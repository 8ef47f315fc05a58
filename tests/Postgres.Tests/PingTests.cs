using Xunit;

namespace HybridSession.Postgres.Tests;

// "Tells whether the store would take reads and writes now."
public sealed class PingTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_that_takes_flushes_answers(bool pooled)
    {
        await using var schema = await TestSchema.CreateAsync();
        var store = await schema.StartStoreAsync(o => o.AssumePooler = pooled);

        await store.PingAsync(default);
        await store.PingAsync(default);
    }

    [Fact]
    public async Task Without_the_table_the_answer_is_a_failure_of_the_setup_and_with_it_all_is_well_again()
    {
        await using var schema = await TestSchema.CreateAsync();
        var store = await schema.StartStoreAsync();
        await store.PingAsync(default);

        await schema.ExecuteAsync($"alter table {schema.Quoted}.session rename to elsewhere");
        Assert.Equal(BackingStoreFailure.Setup, (await FailsAsync(store)).Failure);

        await schema.ExecuteAsync($"alter table {schema.Quoted}.elsewhere rename to session");
        await store.PingAsync(default);
    }

    [Fact]
    public async Task Without_a_privilege_that_a_flush_needs_the_answer_is_a_failure_of_the_setup()
    {
        await using var schema = await TestSchema.CreateAsync();
        await schema.StartStoreAsync();
        await using var role = await TestRole.CreateAsync(schema);
        await schema.ExecuteAsync($"grant usage on schema {schema.Quoted} to {role.Quoted}; grant select, insert, update, delete on all tables in schema {schema.Quoted} to {role.Quoted}");
        var store = await schema.StartStoreAsync(o =>
        {
            role.Use(o);
            o.SchemaMode = SchemaMode.Validate;
        });
        await store.PingAsync(default);

        await schema.ExecuteAsync($"revoke update on {schema.Quoted}.session from {role.Quoted}");

        var failure = await FailsAsync(store);
        Assert.Equal(BackingStoreFailure.Setup, failure.Failure);
        Assert.Contains("Grant", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_takes_no_writes_is_the_wrong_server()
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var role = await TestRole.CreateAsync(schema);
        await schema.StartStoreAsync();
        await schema.ExecuteAsync($"grant usage on schema {schema.Quoted} to {role.Quoted}; grant select, insert, update, delete on all tables in schema {schema.Quoted} to {role.Quoted}");
        var store = await schema.StartStoreAsync(o =>
        {
            role.Use(o);
            o.SchemaMode = SchemaMode.Validate;
        });

        await schema.ExecuteAsync($"alter role {role.Quoted} set default_transaction_read_only = on");
        await schema.ExecuteAsync($"select pg_terminate_backend(pid) from pg_stat_activity where usename = '{role.Quoted.Trim('"')}'");

        // The first finds its connection gone; the next one opens another.
        await FailsAsync(store);
        Assert.Equal(BackingStoreFailure.WrongServer, (await FailsAsync(store)).Failure);
    }

    private static Task<BackingStoreException> FailsAsync(PostgresBackingStore store) => Assert.ThrowsAsync<BackingStoreException>(async () => await store.PingAsync(default));
}
