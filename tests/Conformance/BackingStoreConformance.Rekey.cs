using Xunit;

namespace HybridSession.Conformance;

public abstract partial class BackingStoreConformance
{
    [Fact]
    public async Task Rekey_removes_the_old_row_and_inserts_the_replacement()
    {
        var key = await StoreAsync(version: 3);
        var replacement = Change(NewKey(), 3, 4);

        Assert.Equal(FlushOutcome.Written, await Store.RekeyAsync(key, 3, replacement, default));

        Assert.Null(await LoadAsync(key));
        var stored = await LoadAsync(replacement.Key);
        Assert.Equal(replacement.Payload, stored!.Payload);
        Assert.Equal(4, stored.Version);
        AssertAbout(Minutes20, stored.ExpiresIn);
    }

    [Fact]
    public async Task Rekey_keeps_the_creation_time_of_the_row()
    {
        var key = await StoreAsync();
        var before = (await LoadAsync(key))!.Age;
        var replacement = Change(NewKey(), 1, 2);

        await Store.RekeyAsync(key, 1, replacement, default);

        Assert.True((await LoadAsync(replacement.Key))!.Age >= before);
    }

    [Fact]
    public async Task Rekey_returns_a_conflict_with_the_stored_session_when_the_row_is_at_another_version_and_changes_nothing()
    {
        var payload = NewPayload();
        var key = await StoreAsync(payload, version: 5);
        var replacement = Change(NewKey(), 4, 6);

        var outcome = await Store.RekeyAsync(key, 4, replacement, default);

        AssertConflict(outcome, payload, 5);
        Assert.NotNull(await LoadAsync(key));
        Assert.Null(await LoadAsync(replacement.Key));
    }

    [Fact]
    public async Task Rekey_returns_gone_when_the_row_is_absent_and_changes_nothing()
    {
        var replacement = Change(NewKey(), 1, 2);

        Assert.Equal(FlushOutcome.Gone, await Store.RekeyAsync(NewKey(), 1, replacement, default));

        Assert.Null(await LoadAsync(replacement.Key));
    }

    [Fact]
    public async Task Rekey_of_one_session_by_several_callers_succeeds_once()
    {
        var key = await StoreAsync();
        var replacements = Enumerable.Range(0, 8).Select(_ => Change(NewKey(), 1, 2)).ToArray();

        var outcomes = await Task.WhenAll(replacements.Select(r => Store.RekeyAsync(key, 1, r, default).AsTask()));

        Assert.Single(outcomes, FlushOutcome.Written);
        Assert.Equal(7, outcomes.Count(o => o == FlushOutcome.Gone));
        Assert.Single(await Store.LoadAsync([.. replacements.Select(r => r.Key)], default), s => s is not null);
    }
}
