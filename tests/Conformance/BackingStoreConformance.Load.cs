using Xunit;

namespace HybridSession.Conformance;

public abstract partial class BackingStoreConformance
{
    [Fact]
    public async Task Load_returns_what_was_flushed()
    {
        var payload = NewPayload();
        var key = await StoreAsync(payload, version: 7);

        var stored = await LoadAsync(key);

        Assert.NotNull(stored);
        Assert.Equal(payload, stored.Payload);
        Assert.Equal(7, stored.Version);
        AssertAbout(Minutes20, stored.ExpiresIn);
        Assert.InRange(stored.Age, TimeSpan.Zero, Tolerance);
    }

    [Fact]
    public async Task Load_returns_one_element_a_key_in_the_order_of_the_keys_and_null_where_no_row_exists()
    {
        var (first, second, absent) = (NewPayload(), NewPayload(), NewKey());
        var (a, b) = (await StoreAsync(first), await StoreAsync(second));

        var stored = await Store.LoadAsync([b, absent, a], default);

        Assert.Equal(3, stored.Length);
        Assert.Equal(second, stored[0]!.Payload);
        Assert.Null(stored[1]);
        Assert.Equal(first, stored[2]!.Payload);
    }

    [Fact]
    public async Task Load_takes_a_key_twice()
    {
        var key = await StoreAsync();

        var stored = await Store.LoadAsync([key, key], default);

        Assert.Equal(stored[0]!.Payload, stored[1]!.Payload);
    }

    [Fact]
    public async Task Load_returns_an_expired_session_that_is_still_stored_with_ExpiresIn_at_or_below_zero()
    {
        var key = await StoreAsync(expiresIn: TimeSpan.FromHours(-1));

        var stored = await LoadAsync(key);

        AssertAbout(TimeSpan.FromHours(-1), stored!.ExpiresIn);
    }

    [Fact]
    public async Task Load_leaves_out_the_payload_of_a_row_at_the_known_version_and_nothing_else()
    {
        var key = await StoreAsync(version: 7);

        var stored = Assert.Single(await Store.LoadAsync([new SessionRead(key, 7)], default));

        Assert.NotNull(stored);
        Assert.Empty(stored.Payload);
        Assert.Equal(7, stored.Version);
        AssertAbout(Minutes20, stored.ExpiresIn);
        Assert.InRange(stored.Age, TimeSpan.Zero, Tolerance);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(6)]
    [InlineData(8)]
    [InlineData(long.MaxValue)]
    public async Task Load_returns_a_row_at_another_version_than_the_known_one_whole(long known)
    {
        var payload = NewPayload();
        var key = await StoreAsync(payload, version: 7);

        var stored = Assert.Single(await Store.LoadAsync([new SessionRead(key, known)], default));

        Assert.Equal(payload, stored!.Payload);
        Assert.Equal(7, stored.Version);
    }

    [Fact]
    public async Task Load_returns_an_expired_row_at_the_known_version_with_ExpiresIn_at_or_below_zero()
    {
        var key = await StoreAsync(expiresIn: TimeSpan.FromHours(-1));

        var stored = Assert.Single(await Store.LoadAsync([new SessionRead(key, 1)], default));

        AssertAbout(TimeSpan.FromHours(-1), stored!.ExpiresIn);
    }

    [Fact]
    public async Task Load_takes_reads_with_and_without_a_known_version_together()
    {
        var (first, second, third) = (NewPayload(), NewPayload(), NewPayload());
        var (a, b, c) = (await StoreAsync(first), await StoreAsync(second, version: 3), await StoreAsync(third, version: 5));

        var stored = await Store.LoadAsync([new SessionRead(c, 5), a, new SessionRead(NewKey(), 1), new SessionRead(b, 2), NewKey()], default);

        Assert.Equal([5, 1, null, 3, null], stored.Select(row => row?.Version));
        Assert.Equal([[], first, null, second, null], stored.Select(row => row?.Payload));
    }

    [Fact]
    public async Task Load_takes_a_key_with_several_known_versions()
    {
        var payload = NewPayload();
        var key = await StoreAsync(payload, version: 4);

        var stored = await Store.LoadAsync([new SessionRead(key, 4), key, new SessionRead(key, 3), new SessionRead(key, 4)], default);

        Assert.Equal([[], payload, payload, []], stored.Select(row => row!.Payload));
    }

    [Fact]
    public async Task Load_takes_many_known_versions()
    {
        var births = Enumerable.Range(0, 1_000).Select(i => Birth(NewKey(), NewPayload(16), version: 1 + (i % 2))).ToArray();
        await Store.FlushAsync(births, default);

        var stored = await Store.LoadAsync([.. births.Select(b => new SessionRead(b.Key, 2))], default);

        Assert.All(births.Zip(stored), pair => Assert.Equal(pair.First.Version == 2 ? [] : pair.First.Payload, pair.Second!.Payload));
    }

    [Fact]
    public async Task Load_takes_many_keys()
    {
        var births = Enumerable.Range(0, 1_000).Select(_ => Birth(NewKey(), NewPayload(16))).ToArray();
        await Store.FlushAsync(births, default);

        var stored = await Store.LoadAsync([.. births.Select(b => b.Key)], default);

        Assert.All(births.Zip(stored), pair => Assert.Equal(pair.First.Payload, pair.Second!.Payload));
    }
}
