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
    public async Task Load_takes_many_keys()
    {
        var births = Enumerable.Range(0, 1_000).Select(_ => Birth(NewKey(), NewPayload(16))).ToArray();
        await Store.FlushAsync(births, default);

        var stored = await Store.LoadAsync([.. births.Select(b => b.Key)], default);

        Assert.All(births.Zip(stored), pair => Assert.Equal(pair.First.Payload, pair.Second!.Payload));
    }
}
