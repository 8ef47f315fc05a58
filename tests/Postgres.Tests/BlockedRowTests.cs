using System.Diagnostics;
using Npgsql;
using Xunit;

namespace HybridSession.Postgres.Tests;

// "A blocked row of one key does not keep the others from being stored."
public sealed class BlockedRowTests
{
    [Theory]
    [InlineData(FlushMethod.Arrays, false)]
    [InlineData(FlushMethod.Copy, false)]
    [InlineData(FlushMethod.Arrays, true)]
    public async Task A_row_that_somebody_holds_is_blocked_and_the_rest_of_its_batch_is_stored(FlushMethod method, bool pooled)
    {
        await using var schema = await TestSchema.CreateAsync();
        var store = await schema.StartStoreAsync(o => (o.FlushMethod, o.AssumePooler, o.LockTimeout) = (method, pooled, TimeSpan.FromMilliseconds(100)));
        var births = Sessions.Births(1_500);
        await store.FlushAsync(births, default);
        SessionWrite[] batch = [.. births.Select(b => Sessions.Next(b)), .. Sessions.Births(3)];

        await using var holder = await HoldAsync(schema, births[3].Key, births[1_200].Key);
        var outcomes = await store.FlushAsync(batch, default);

        Assert.Equal([3, 1_200], outcomes.Index().Where(o => o.Item.Kind == FlushOutcomeKind.Blocked).Select(o => o.Index));
        Assert.All(outcomes.Index().Where(o => o.Index is not (3 or 1_200)), o => Assert.Equal(FlushOutcome.Written, o.Item));
        var rows = await store.LoadAsync([births[3].Key, births[4].Key], default);
        Assert.Equal((1, 2), (rows[0]!.Version, rows[1]!.Version));

        await holder.DisposeAsync();
        Assert.Equal([FlushOutcome.Written, FlushOutcome.Written], await store.FlushAsync([batch[3], batch[1_200]], default));
    }

    [Fact]
    public async Task While_a_row_is_held_later_flushes_do_not_run_into_the_time_out_again()
    {
        await using var schema = await TestSchema.CreateAsync();
        var store = await schema.StartStoreAsync(o => o.LockTimeout = TimeSpan.FromSeconds(2));
        var births = Sessions.Births(10);
        await store.FlushAsync(births, default);
        var changes = Array.ConvertAll(births, b => Sessions.Next(b));
        await using var holder = await HoldAsync(schema, births[0].Key);
        await store.FlushAsync(changes, default);

        var started = Stopwatch.GetTimestamp();
        var again = await store.FlushAsync([changes[0], .. changes[1..].Select(c => Sessions.Next(c))], default);

        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(1.5), $"It took {Stopwatch.GetElapsedTime(started)}.");
        Assert.Equal(FlushOutcomeKind.Blocked, again[0].Kind);
        Assert.All(again[1..], outcome => Assert.Equal(FlushOutcome.Written, outcome));
    }

    [Fact]
    public async Task A_removed_row_is_gone_and_a_changed_one_a_conflict_also_beside_a_held_one()
    {
        await using var schema = await TestSchema.CreateAsync();
        var store = await schema.StartStoreAsync(o => o.LockTimeout = TimeSpan.FromMilliseconds(100));
        var births = Sessions.Births(3);
        await store.FlushAsync(births, default);
        var changes = Array.ConvertAll(births, b => Sessions.Next(b));
        await store.RemoveAsync(births[1].Key, default);
        await store.FlushAsync([Sessions.Next(births[2])], default);

        await using var holder = await HoldAsync(schema, births[0].Key);
        var outcomes = await store.FlushAsync(changes, default);

        Assert.Equal([FlushOutcomeKind.Blocked, FlushOutcomeKind.Gone, FlushOutcomeKind.Conflict], outcomes.Select(o => o.Kind));
    }

    [Fact]
    public async Task A_lock_on_the_whole_table_is_a_transient_failure()
    {
        await using var schema = await TestSchema.CreateAsync();
        var store = await schema.StartStoreAsync(o => o.LockTimeout = TimeSpan.FromMilliseconds(100));
        var birth = Sessions.Birth();
        await store.FlushAsync([birth], default);

        await schema.ExecuteAsync($"begin; lock table {schema.Quoted}.session in access exclusive mode");
        var failure = await Assert.ThrowsAsync<BackingStoreException>(async () => await store.FlushAsync([Sessions.Next(birth)], default));
        await schema.ExecuteAsync("rollback");

        Assert.Equal(BackingStoreFailure.Transient, failure.Failure);
        Assert.False(failure.OutcomeUnknown);
        Assert.Equal([FlushOutcome.Written], await store.FlushAsync([Sessions.Next(birth)], default));
    }

    private static async Task<NpgsqlConnection> HoldAsync(TestSchema schema, params SessionKey[] keys)
    {
        var holder = await PostgresFixture.OpenAsync();
        await using var command = new NpgsqlCommand($"begin; select 1 from {schema.Quoted}.session where session_key = any('{{{string.Join(',', keys.Select(k => k.ToHex()))}}}') for update", holder);
        await command.ExecuteNonQueryAsync();
        return holder;
    }
}
