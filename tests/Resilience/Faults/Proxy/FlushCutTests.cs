using HybridSession.Postgres;
using HybridSession.Resilience.Scenarios;

namespace HybridSession.Resilience.Faults.Proxy;

/// <summary>The store alone, cut at each stage of a flush: what it says of the outcome is true, and the same flush again stores everything once.</summary>
public class FlushCutTests(ControlledServer server)
{
    private const int Sessions = 300;
    private static readonly TimeSpan AtMost = TimeSpan.FromSeconds(10);

    public static TheoryData<FlushMethod, int, int> Cuts { get; } = new(
        from method in new[] { FlushMethod.Arrays, FlushMethod.Copy }
        from stage in Enum.GetValues<CutStage>()
        where stage > CutStage.FirstStatement && (method == FlushMethod.Copy ? stage != CutStage.Write : stage is CutStage.Write or >= CutStage.Commit)
        from nth in stage == CutStage.CopyData ? new[] { 1, 5 } : [1]
        select (method, (int)stage, nth));

    [Theory]
    [MemberData(nameof(Cuts))]
    public async Task A_flush_that_is_cut_is_stored_or_not_as_the_failure_says_and_can_be_repeated(FlushMethod method, int stage, int nth)
    {
        await using var proxied = await ProxiedStore.StartAsync(server, method);
        var changes = await proxied.StoredAsync(Sessions);

        var cut = proxied.Proxy.CutAsync(new Cut((CutStage)stage, nth), AtMost);
        var failure = await Assert.ThrowsAsync<BackingStoreException>(async () => await proxied.Store.FlushAsync(changes, default));
        Assert.True(await cut);

        Assert.Equal(BackingStoreFailure.Transient, failure.Failure);
        var isStored = (CutStage)stage > CutStage.Commit;
        if (isStored) Assert.True(failure.OutcomeUnknown);
        await Until.TrueAsync(async () => await proxied.VersionAsync(changes) == (isStored ? 2 : 1), "The server's end of it", AtMost);
        Assert.All(await proxied.Store.FlushAsync(changes, default), o => Assert.Equal(FlushOutcome.Written, o));
        Assert.Equal(2, await proxied.VersionAsync(changes));
    }

    [Theory]
    [InlineData((int)CutStage.Connect)]
    [InlineData((int)CutStage.Startup)]
    [InlineData((int)CutStage.FirstStatement)]
    public async Task A_connection_that_is_cut_while_it_is_made_changes_nothing(int stage)
    {
        await using var proxied = await ProxiedStore.StartAsync(server, FlushMethod.Arrays);
        var changes = await proxied.StoredAsync(3);
        // A connection for writes, to be lost.
        await proxied.Store.PingAsync(default);
        proxied.Proxy.ResetAll();
        await Assert.ThrowsAsync<BackingStoreException>(async () => await proxied.Store.FlushAsync(changes, default));

        var cut = proxied.Proxy.CutAsync(new Cut((CutStage)stage), AtMost);
        var failure = await Assert.ThrowsAsync<BackingStoreException>(async () => await proxied.Store.FlushAsync(changes, default));

        Assert.True(await cut);
        Assert.Equal((BackingStoreFailure.Transient, false), (failure.Failure, failure.OutcomeUnknown));
        Assert.All(await proxied.Store.FlushAsync(changes, default), o => Assert.Equal(FlushOutcome.Written, o));
    }
}
