using Xunit;

namespace HybridSession.Conformance;

public abstract partial class BackingStoreConformance
{
    [Fact]
    public async Task Prune_removes_sessions_that_expired_longer_than_the_grace_ago_and_no_others_and_returns_their_number()
    {
        await Store.PruneAsync(TimeSpan.Zero, default);
        var grace = TimeSpan.FromHours(1);
        var (live, recent) = (await StoreAsync(), await StoreAsync(expiresIn: TimeSpan.FromMinutes(-30)));
        var old = new[] { await StoreAsync(expiresIn: TimeSpan.FromHours(-2)), await StoreAsync(expiresIn: TimeSpan.FromDays(-300)) };

        Assert.Equal(2, await Store.PruneAsync(grace, default));

        Assert.NotNull(await LoadAsync(live));
        Assert.NotNull(await LoadAsync(recent));
        Assert.All(await Store.LoadAsync(old, default), Assert.Null);
        Assert.Equal(0, await Store.PruneAsync(grace, default));
    }

    [Fact]
    public async Task Prune_by_several_callers_removes_each_session_once()
    {
        await Store.PruneAsync(TimeSpan.Zero, default);
        var births = Enumerable.Range(0, 500).Select(_ => Birth(NewKey(), NewPayload(16), expiresIn: TimeSpan.FromHours(-2))).ToArray();
        await Store.FlushAsync(births, default);

        var counts = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Store.PruneAsync(TimeSpan.Zero, default).AsTask()));
        var rest = await Store.PruneAsync(TimeSpan.Zero, default);

        Assert.Equal(births.Length, counts.Sum() + rest);
        Assert.All(await Store.LoadAsync([.. births.Select(b => b.Key)], default), Assert.Null);
    }
}
