using System.Globalization;

namespace HybridSession.Postgres.Tests.Users;

public sealed class HotUpdateTests
{
    private const int Sessions = 2_000;
    private const int Rounds = 10;

    [Theory]
    [InlineData(FlushMethod.Arrays)]
    [InlineData(FlushMethod.Copy)]
    public async Task Flushes_of_bound_sessions_are_hot_updates_with_the_index_of_users_as_without(FlushMethod method)
    {
        var with = await MeasureAsync(method, hasIndex: true);
        var without = await MeasureAsync(method, hasIndex: false);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"HOT share of flushes by {method}: {with:P2} with the index, {without:P2} without"));

        Assert.InRange(with, without - 0.02, 1);
        Assert.InRange(with, 0.5, 1);
    }

    private static async Task<double> MeasureAsync(FlushMethod method, bool hasIndex)
    {
        await using var schema = await TestSchema.CreateAsync();
        var store = await schema.StartStoreAsync(o => o.FlushMethod = method);
        if (!hasIndex) await schema.ExecuteAsync($"drop index {schema.Quoted}.session_user_idx");
        var writes = Postgres.Tests.Sessions.Births(Sessions);
        await store.FlushAsync(writes, default);
        await schema.ExecuteAsync($"update {schema.Quoted}.session set \"session_user\" = 'user ' || left(session_key, 2)");
        await schema.ExecuteAsync($"vacuum {schema.Quoted}.session");
        await schema.ExecuteAsync("select pg_stat_force_next_flush()");
        var (updates, hot) = await ReadAsync(schema, Sessions);

        for (var round = 0; round < Rounds; round++)
        {
            for (var i = 0; i < writes.Length; i++) writes[i] = Postgres.Tests.Sessions.Next(writes[i]);
            Assert.All(await store.FlushAsync(writes, default), outcome => Assert.Equal(FlushOutcome.Written, outcome));
        }

        // A connection that ends reports what it did.
        await store.DisposeAsync();
        var after = await ReadAsync(schema, updates + (Sessions * Rounds));
        return (double)(after.Hot - hot) / (after.Updates - updates);
    }

    // What is reported is seen a moment later.
    private static async Task<(long Updates, long Hot)> ReadAsync(TestSchema schema, long expected)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var updates = await CountAsync(schema, "n_tup_upd");
            if (updates >= expected) return (updates, await CountAsync(schema, "n_tup_hot_upd"));
            await Task.Delay(100, patience.Token);
        }
    }

    private static Task<long> CountAsync(TestSchema schema, string column) =>
        schema.ScalarAsync<long>($"select {column} from pg_stat_user_tables where schemaname = '{schema.Name}' and relname = 'session'");
}
