using Xunit;

namespace HybridSession.Conformance;

public abstract partial class BackingStoreConformance
{
    [Fact]
    public async Task Touch_moves_the_expiry_without_writing_the_payload_and_returns_nothing_when_every_touch_took_effect()
    {
        var payload = NewPayload();
        var key = await StoreAsync(payload, version: 4);

        Assert.Empty(await Store.TouchAsync([new SessionTouch(key, 4, TimeSpan.FromHours(3))], default));

        var stored = await LoadAsync(key);
        AssertAbout(TimeSpan.FromHours(3), stored!.ExpiresIn);
        Assert.Equal(4, stored.Version);
        Assert.Equal(payload, stored.Payload);
    }

    [Fact]
    public async Task Touch_returns_the_keys_whose_row_is_absent_or_at_another_version_and_leaves_those_rows_alone()
    {
        var (good, other, absent) = (await StoreAsync(version: 2), await StoreAsync(version: 5), NewKey());
        var hour = TimeSpan.FromHours(1);

        var missed = await Store.TouchAsync([new SessionTouch(other, 4, hour), new SessionTouch(absent, 1, hour), new SessionTouch(good, 2, hour)], default);

        Assert.Equal(new[] { other, absent }.Order(), missed.Order());
        AssertAbout(hour, (await LoadAsync(good))!.ExpiresIn);
        AssertAbout(Minutes20, (await LoadAsync(other))!.ExpiresIn);
        Assert.Null(await LoadAsync(absent));
    }

    [Fact]
    public async Task Touch_takes_many_sessions()
    {
        var births = Enumerable.Range(0, 1_500).Select(_ => Birth(NewKey(), NewPayload(8))).ToArray();
        await Store.FlushAsync(births, default);
        var absent = NewKey();

        var missed = await Store.TouchAsync([.. births.Select(b => new SessionTouch(b.Key, 1, TimeSpan.FromHours(1))), new SessionTouch(absent, 1, Minutes20)], default);

        Assert.Equal([absent], missed);
    }
}
