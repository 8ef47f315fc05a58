using Xunit;

namespace HybridSession.Conformance;

public abstract partial class BackingStoreConformance
{
    [Fact]
    public async Task Flush_of_a_birth_inserts()
    {
        var birth = Birth(NewKey());

        Assert.Equal(FlushOutcome.Written, await FlushAsync(birth));

        Assert.Equal(birth.Payload, (await LoadAsync(birth.Key))!.Payload);
    }

    [Fact]
    public async Task Flush_of_any_other_write_replaces_exactly_the_version_it_started_from()
    {
        var key = await StoreAsync(version: 3);
        var change = Change(key, from: 3, to: 9, expiresIn: TimeSpan.FromHours(2));

        Assert.Equal(FlushOutcome.Written, await FlushAsync(change));

        var stored = await LoadAsync(key);
        Assert.Equal(change.Payload, stored!.Payload);
        Assert.Equal(9, stored.Version);
        AssertAbout(TimeSpan.FromHours(2), stored.ExpiresIn);
    }

    [Theory]
    [InlineData(2, 6)] // an older base
    [InlineData(2, 5)] // an older base that counted to the same version
    [InlineData(7, 8)] // a newer base, as after a fail-over
    public async Task Flush_returns_a_conflict_with_the_stored_session_when_the_row_is_at_another_version(long from, long to)
    {
        var payload = NewPayload();
        var key = await StoreAsync(payload, version: 5);

        var outcome = await FlushAsync(Change(key, from, to));

        AssertConflict(outcome, payload, 5);
        Assert.Equal(payload, (await LoadAsync(key))!.Payload);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Flush_of_a_birth_returns_a_conflict_when_the_row_exists_with_other_content(long version)
    {
        var payload = NewPayload();
        var key = await StoreAsync(payload);

        var outcome = await FlushAsync(Birth(key, version: version));

        AssertConflict(outcome, payload, 1);
        Assert.Equal(payload, (await LoadAsync(key))!.Payload);
    }

    [Fact]
    public async Task Flush_returns_gone_when_a_write_that_is_no_birth_finds_no_row_and_stores_nothing()
    {
        var key = NewKey();

        Assert.Equal(FlushOutcome.Gone, await FlushAsync(Change(key, from: 1, to: 2)));

        Assert.Null(await LoadAsync(key));
    }

    [Fact]
    public async Task Flush_stores_the_others_when_one_key_is_in_conflict_or_absent()
    {
        var (good, old, absent, born) = (await StoreAsync(), await StoreAsync(version: 5), NewKey(), NewKey());

        var outcomes = await Store.FlushAsync([Change(old, 1, 6), Birth(born), Change(absent, 1, 2), Change(good, 1, 2)], default);

        Assert.Equal([FlushOutcomeKind.Conflict, FlushOutcomeKind.Written, FlushOutcomeKind.Gone, FlushOutcomeKind.Written], outcomes.Select(o => o.Kind));
        Assert.Equal([5L, 1L, null, 2L], (await Store.LoadAsync([old, born, absent, good], default)).Select(s => s?.Version));
    }

    [Fact]
    public async Task Flush_returns_one_outcome_a_write_in_the_order_of_the_batch()
    {
        var keys = Enumerable.Range(0, 300).Select(_ => NewKey()).ToArray();
        await Store.FlushAsync([.. keys.Where((_, i) => i % 3 != 0).Select((key, i) => Birth(key, version: 1))], default);
        await Store.FlushAsync([.. keys.Where((_, i) => i % 3 == 2).Select(key => Change(key, 1, 4))], default);

        var outcomes = await Store.FlushAsync([.. keys.Select(key => Change(key, 1, 2))], default);

        for (var i = 0; i < keys.Length; i++)
        {
            var expected = (i % 3) switch { 0 => FlushOutcomeKind.Gone, 1 => FlushOutcomeKind.Written, _ => FlushOutcomeKind.Conflict };
            Assert.Equal(expected, outcomes[i].Kind);
            Assert.Equal(expected == FlushOutcomeKind.Conflict, outcomes[i].Current is not null);
        }
    }

    [Fact]
    public async Task Flush_reports_a_write_whose_exact_bytes_are_already_stored_as_written_or_as_a_conflict_with_equal_bytes()
    {
        var birth = Birth(NewKey());
        var change = Change(birth.Key, 1, 2);

        await FlushAsync(birth);
        AssertStored(await FlushAsync(birth), birth.Payload);
        await FlushAsync(change);
        AssertStored(await FlushAsync(change), change.Payload);

        Assert.Equal(2, (await LoadAsync(birth.Key))!.Version);

        static void AssertStored(FlushOutcome outcome, byte[] payload)
        {
            if (outcome.Kind == FlushOutcomeKind.Conflict) Assert.Equal(payload, outcome.Current!.Payload);
            else Assert.Equal(FlushOutcomeKind.Written, outcome.Kind);
        }
    }

    [Fact]
    public async Task Flush_throws_ArgumentException_when_a_key_occurs_twice_and_stores_nothing()
    {
        var (twice, other) = (NewKey(), NewKey());

        await Assert.ThrowsAsync<ArgumentException>(async () => await Store.FlushAsync([Birth(twice), Birth(other), Change(twice, 1, 2)], default));

        Assert.All(await Store.LoadAsync([twice, other], default), Assert.Null);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2_048)]
    [InlineData(2_049)]
    [InlineData(300_000)]
    public async Task Flush_keeps_payloads_of_any_size_byte_by_byte(int size)
    {
        var (birth, key) = (Birth(NewKey(), NewPayload(size)), await StoreAsync());
        var change = Change(key, 1, 2, NewPayload(size));

        await Store.FlushAsync([birth, change], default);

        var stored = await Store.LoadAsync([birth.Key, key], default);
        Assert.Equal(birth.Payload, stored[0]!.Payload);
        Assert.Equal(change.Payload, stored[1]!.Payload);
    }

    [Fact]
    public async Task Flush_takes_births_and_changes_small_and_large_in_one_batch()
    {
        var sizes = new[] { 10, 5_000, 20, 30, 40_000, 3_000, 50, 60 };
        var births = sizes.Select(size => Birth(NewKey(), NewPayload(size))).ToArray();
        await Store.FlushAsync(births, default);
        var changes = births.Select((birth, i) => Change(birth.Key, 1, 2, NewPayload(sizes[^(i + 1)]))).ToArray();
        var more = sizes.Select(size => Birth(NewKey(), NewPayload(size))).ToArray();
        SessionWrite[] all = [.. changes, .. more];

        var outcomes = await Store.FlushAsync(all, default);

        Assert.All(outcomes, outcome => Assert.Equal(FlushOutcome.Written, outcome));
        Assert.Equal(all.Select(w => w.Payload), (await Store.LoadAsync([.. all.Select(w => w.Key)], default)).Select(s => s!.Payload));
    }

    private static void AssertConflict(FlushOutcome outcome, byte[] payload, long version)
    {
        Assert.Equal(FlushOutcomeKind.Conflict, outcome.Kind);
        Assert.Equal(payload, outcome.Current!.Payload);
        Assert.Equal(version, outcome.Current.Version);
        AssertAbout(Minutes20, outcome.Current.ExpiresIn);
    }
}
