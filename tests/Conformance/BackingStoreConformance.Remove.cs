using Xunit;

namespace HybridSession.Conformance;

public abstract partial class BackingStoreConformance
{
    [Fact]
    public async Task Remove_removes_a_session_whatever_its_version()
    {
        var key = await StoreAsync(version: 99);

        Assert.True(await Store.RemoveAsync(key, default));

        Assert.Null(await LoadAsync(key));
    }

    [Fact]
    public async Task Remove_returns_false_when_no_row_existed()
    {
        var key = await StoreAsync();
        await Store.RemoveAsync(key, default);

        Assert.False(await Store.RemoveAsync(key, default));
        Assert.False(await Store.RemoveAsync(NewKey(), default));
    }

    [Fact]
    public async Task Remove_is_not_undone_by_a_later_change_or_touch()
    {
        var key = await StoreAsync();
        await Store.RemoveAsync(key, default);

        Assert.Equal(FlushOutcome.Gone, await FlushAsync(Change(key, 1, 2)));
        Assert.Equal([key], await Store.TouchAsync([new SessionTouch(key, 1, Minutes20)], default));

        Assert.Null(await LoadAsync(key));
    }
}
