using Xunit;

namespace HybridSession.Postgres.Tests;

public sealed class PruneTests
{
    [Fact]
    public async Task Pruning_beside_a_flush_neither_fails_nor_holds_it_up_nor_takes_what_it_stored()
    {
        await using var schema = await TestSchema.CreateAsync();
        var (flusher, pruner) = (await schema.StartStoreAsync(), await schema.StartStoreAsync());

        for (var round = 0; round < 5; round++)
        {
            var expired = Sessions.Births(2_000, expiresIn: TimeSpan.FromHours(-1));
            await flusher.FlushAsync(expired, default);
            var renewed = expired.Where((_, i) => i % 2 == 0).Select(w => Sessions.Next(w) with { ExpiresIn = TimeSpan.FromHours(1) }).ToArray();

            var pruning = Task.Run(async () => await pruner.PruneAsync(TimeSpan.Zero, default));
            var outcomes = new List<FlushOutcome>();
            foreach (var part in renewed.Chunk(100)) outcomes.AddRange(await flusher.FlushAsync(part, default));
            await pruning;

            var stored = await flusher.LoadAsync([.. renewed.Select(w => w.Key)], default);
            for (var i = 0; i < renewed.Length; i++)
            {
                Assert.NotEqual(FlushOutcomeKind.Conflict, outcomes[i].Kind);
                Assert.Equal(outcomes[i].Kind == FlushOutcomeKind.Written, stored[i] is not null);
            }
        }
    }

    [Fact]
    public async Task Pruning_walks_a_table_of_many_page_ranges()
    {
        await using var schema = await TestSchema.CreateAsync();
        var store = await schema.StartStoreAsync();
        await store.FlushAsync(Sessions.Births(3_000, size: 1_900, expiresIn: TimeSpan.FromHours(-1)), default);
        await store.FlushAsync(Sessions.Births(100), default);

        var pages = await schema.ScalarAsync<long>($"select pg_relation_size('{schema.Quoted}.session') / 8192");
        Assert.True(pages > 2 * SessionPruner.PagesPerStatement / 2, $"{pages} pages");
        Assert.Equal(3_000, await store.PruneAsync(TimeSpan.Zero, default));
        Assert.Equal(100, await schema.ScalarAsync<long>($"select count(*) from {schema.Quoted}.session"));
    }

    [Fact]
    public async Task Pruning_does_nothing_while_another_node_is_at_it()
    {
        await using var schema = await TestSchema.CreateAsync();
        var store = await schema.StartStoreAsync();
        await store.FlushAsync([Sessions.Birth(expiresIn: TimeSpan.FromHours(-1))], default);

        await schema.ExecuteAsync($"begin; select pg_advisory_xact_lock(1213416787, '{schema.Quoted}.session'::regclass::oid::int4)");
        Assert.Equal(0, await store.PruneAsync(TimeSpan.Zero, default));
        await schema.ExecuteAsync("rollback");

        Assert.Equal(1, await store.PruneAsync(TimeSpan.Zero, default));
    }

    [Fact]
    public async Task Pruning_leaves_a_row_alone_that_somebody_holds()
    {
        await using var schema = await TestSchema.CreateAsync();
        var store = await schema.StartStoreAsync();
        var (held, free) = (Sessions.Birth(expiresIn: TimeSpan.FromHours(-1)), Sessions.Birth(expiresIn: TimeSpan.FromHours(-1)));
        await store.FlushAsync([held, free], default);

        await schema.ExecuteAsync($"begin; select 1 from {schema.Quoted}.session where session_key = '{held.Key.ToHex()}' for update");
        Assert.Equal(1, await store.PruneAsync(TimeSpan.Zero, default));
        await schema.ExecuteAsync("rollback");

        Assert.Equal(1, await store.PruneAsync(TimeSpan.Zero, default));
    }
}
