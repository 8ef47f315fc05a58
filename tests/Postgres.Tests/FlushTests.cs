using System.Diagnostics;
using System.Security.Cryptography;
using Xunit;

namespace HybridSession.Postgres.Tests;

public sealed class FlushTests
{
    // Npgsql makes one activity for each batch and each COPY; the first flush also prepares.
    [Theory]
    [InlineData(FlushMethod.Arrays, 1)]
    [InlineData(FlushMethod.Copy, 3)]
    [InlineData(FlushMethod.Auto, 3)]
    public async Task Ten_thousand_sessions_go_in_few_commands_and_arrive_byte_by_byte(FlushMethod method, int commands)
    {
        await using var schema = await TestSchema.CreateAsync();
        var store = await schema.StartStoreAsync(o => o.FlushMethod = method);
        var births = Sessions.Births(10_000);
        Assert.All(await store.FlushAsync(births, default), outcome => Assert.Equal(FlushOutcome.Written, outcome));
        var changes = Array.ConvertAll(births, birth => Sessions.Next(birth));

        var counted = await CountCommandsAsync(async () => Assert.All(await store.FlushAsync(changes, default), outcome => Assert.Equal(FlushOutcome.Written, outcome)));

        // The statement for changes is prepared once, which costs no command of its own.
        Assert.Equal(commands, counted);
        Assert.Equal(changes.Select(c => c.Payload), (await store.LoadAsync([.. changes.Select(c => c.Key)], default)).Select(s => s!.Payload));
    }

    [Theory]
    [InlineData(FlushMethod.Arrays)]
    [InlineData(FlushMethod.Copy)]
    public async Task A_mix_of_two_hundred_outcomes_is_told_apart(FlushMethod method)
    {
        await using var schema = await TestSchema.CreateAsync();
        var store = await schema.StartStoreAsync(o => o.FlushMethod = method);
        var stored = Sessions.Births(120, size: 300);
        await store.FlushAsync(stored, default);
        await store.FlushAsync([.. stored[40..80].Select(w => Sessions.Next(w))], default);
        var repeated = Array.ConvertAll(stored[80..], w => Sessions.Next(w));
        await store.FlushAsync(repeated, default);

        SessionWrite[] batch = [.. stored[..40].Select(w => Sessions.Next(w, 3_000)), .. stored[40..80].Select(w => Sessions.Next(w)), .. repeated, .. Sessions.Births(40).Select(w => Sessions.Next(w)), .. Sessions.Births(40)];
        var order = Enumerable.Range(0, batch.Length).ToArray();
        RandomNumberGenerator.Shuffle(order.AsSpan());
        var outcomes = await store.FlushAsync([.. order.Select(i => batch[i])], default);

        for (var i = 0; i < order.Length; i++)
        {
            var expected = (order[i] / 40) switch { 1 => FlushOutcomeKind.Conflict, 3 => FlushOutcomeKind.Gone, _ => FlushOutcomeKind.Written };
            Assert.Equal(expected, outcomes[i].Kind);
        }
    }

    [Theory]
    [InlineData(FlushMethod.Arrays)]
    [InlineData(FlushMethod.Copy)]
    public async Task A_repeated_flush_whose_first_answer_was_lost_is_written(FlushMethod method)
    {
        await using var schema = await TestSchema.CreateAsync();
        var store = await schema.StartStoreAsync(o => o.FlushMethod = method);
        var births = Sessions.Births(50);
        var changes = Array.ConvertAll(Sessions.Births(50), w => w);
        await store.FlushAsync(changes, default);
        SessionWrite[] batch = [.. births, .. changes.Select(w => Sessions.Next(w))];
        await store.FlushAsync(batch, default);

        Assert.All(await store.FlushAsync(batch, default), outcome => Assert.Equal(FlushOutcome.Written, outcome));
    }

    [Fact]
    public async Task A_repeated_rekey_whose_first_answer_was_lost_is_written()
    {
        await using var schema = await TestSchema.CreateAsync();
        var store = await schema.StartStoreAsync();
        var birth = Sessions.Birth();
        await store.FlushAsync([birth], default);
        var replacement = Sessions.Next(birth) with { Key = Sessions.NewKey() };

        Assert.Equal(FlushOutcome.Written, await store.RekeyAsync(birth.Key, 1, replacement, default));
        Assert.Equal(FlushOutcome.Written, await store.RekeyAsync(birth.Key, 1, replacement, default));
        Assert.Equal(FlushOutcome.Gone, await store.RekeyAsync(birth.Key, 1, replacement with { Key = Sessions.NewKey() }, default));
    }

    [Fact]
    public async Task Rekey_keeps_the_user_and_the_time_of_creation()
    {
        await using var schema = await TestSchema.CreateAsync();
        var store = await schema.StartStoreAsync();
        var birth = Sessions.Birth();
        await store.FlushAsync([birth], default);
        await schema.ExecuteAsync($"update {schema.Quoted}.session set \"session_user\" = 'ann', session_created = '2020-02-02'");

        await store.RekeyAsync(birth.Key, 1, Sessions.Next(birth) with { Key = Sessions.NewKey() }, default);

        Assert.Equal("ann", await schema.ScalarAsync<string>($"select \"session_user\" from {schema.Quoted}.session where session_created = '2020-02-02'"));
    }

    [Theory]
    [InlineData(FlushMethod.Arrays)]
    [InlineData(FlushMethod.Copy)]
    public async Task Any_duration_is_taken(FlushMethod method)
    {
        await using var schema = await TestSchema.CreateAsync();
        var store = await schema.StartStoreAsync(o => o.FlushMethod = method);
        var (always, never) = (Sessions.Birth(expiresIn: TimeSpan.MaxValue), Sessions.Birth(expiresIn: TimeSpan.MinValue));
        var hours = Sessions.Birth(expiresIn: new TimeSpan(2, 0, 12));

        await store.FlushAsync([always, never, hours], default);

        var stored = await store.LoadAsync([always.Key, never.Key, hours.Key], default);
        Assert.True(stored[0]!.ExpiresIn > TimeSpan.FromDays(365 * 1000));
        Assert.True(stored[1]!.ExpiresIn < TimeSpan.FromDays(-365 * 900));
        Assert.InRange(stored[2]!.ExpiresIn, new TimeSpan(1, 59, 42), new TimeSpan(2, 0, 12));
    }

    [Fact]
    public async Task A_row_that_never_expires_can_be_loaded()
    {
        await using var schema = await TestSchema.CreateAsync();
        var store = await schema.StartStoreAsync();
        var birth = Sessions.Birth();
        await store.FlushAsync([birth], default);
        await schema.ExecuteAsync($"update {schema.Quoted}.session set session_expiry = 'infinity', session_data = null");

        var stored = Assert.Single(await store.LoadAsync([birth.Key], default));

        Assert.Equal(TimeSpan.MaxValue, stored!.ExpiresIn);
        Assert.Empty(stored.Payload);
    }

    [Fact]
    public async Task Flushers_with_overlapping_keys_in_different_orders_do_not_deadlock()
    {
        await using var schema = await TestSchema.CreateAsync();
        var arrays = await schema.StartStoreAsync(o => o.FlushMethod = FlushMethod.Arrays);
        var copy = await schema.StartStoreAsync(o => o.FlushMethod = FlushMethod.Copy);
        var births = Sessions.Births(1_500);
        await arrays.FlushAsync(births, default);

        // Sizes differ from round to round, so that the statements are cut at other places each time.
        for (var round = 0; round < 6; round++)
        {
            await Task.WhenAll(new[] { arrays, arrays, copy, arrays }.Select(store => Task.Run(async () =>
            {
                var batch = births.Where(_ => Random.Shared.Next(3) > 0).Select(w => Sessions.Next(w with { Version = round + 1 }, Random.Shared.Next(8) == 0 ? 2_500 : 100)).ToArray();
                Random.Shared.Shuffle(batch);
                Assert.All(await store.FlushAsync(batch, default), outcome => Assert.NotEqual(FlushOutcomeKind.Gone, outcome.Kind));
            })));
            await arrays.FlushAsync([.. (await arrays.LoadAsync([.. births.Select(b => b.Key)], default)).Zip(births, (s, b) => (s, b)).Where(p => p.s!.Version == round + 1).Select(p => Sessions.Next(p.b with { Version = round + 1 }))], default);
        }
    }

    private static async Task<int> CountCommandsAsync(Func<Task> action)
    {
        var count = 0;
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Npgsql",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = _ => Interlocked.Increment(ref count),
        };
        ActivitySource.AddActivityListener(listener);
        await action();
        return count;
    }
}
